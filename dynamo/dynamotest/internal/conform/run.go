package conform

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// maxTableWait bounds how long a table may take to be ready.
const maxTableWait = 5 * time.Minute

// maxIndexWait bounds how long a global index may lag behind its table.
const maxIndexWait = 5 * time.Second

// A run is a script on its way.
type run struct {
	client *dynamodb.Client
	names  map[string]string // of the tables, by placeholder
}

// Run checks the rule on the client's server.
func (s Script) Run(ctx context.Context, client *dynamodb.Client) (err error) {
	r := &run{client: client, names: map[string]string{}}
	for _, placeholder := range []string{"$T", "$U"} {
		r.names[placeholder] = "thaw-conformance-" + strings.ToLower(rand.Text())
	}
	defer func() { err = errors.Join(err, r.removeTables(context.WithoutCancel(ctx))) }()
	for _, t := range s.tables {
		if err := r.makeTable(ctx, t); err != nil {
			return err
		}
	}
	for _, step := range s.steps {
		if err := r.check(ctx, step); err != nil {
			return fmt.Errorf("rules/%s: %w", step.at, err)
		}
	}
	return nil
}

// makeTable creates a table and waits until it can be used.
func (r *run) makeTable(ctx context.Context, t table) error {
	in := map[string]any{"BillingMode": "PAY_PER_REQUEST"}
	var definitions, keys []any
	for _, attribute := range t.schema {
		name, typ, _ := strings.Cut(strings.TrimPrefix(attribute, "+"), ":")
		definitions = append(definitions, map[string]any{"AttributeName": name, "AttributeType": typ})
		if !strings.HasPrefix(attribute, "+") {
			keys = append(keys, map[string]any{"AttributeName": name, "KeyType": [...]string{"HASH", "RANGE"}[len(keys)]})
		}
	}
	in["AttributeDefinitions"], in["KeySchema"] = definitions, keys
	if t.more != nil {
		more := map[string]any{}
		if err := json.Unmarshal(t.more, &more); err != nil {
			return err
		}
		maps.Copy(in, more)
	}
	in["TableName"] = r.names[t.placeholder]
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	got, err := send(ctx, r.client, "CreateTable", body)
	if err != nil {
		return err
	}
	if kind, text, failed := got.failure(); failed {
		return fmt.Errorf("CreateTable %s: %s: %s", body, kind, text)
	}
	return r.await(ctx, r.names[t.placeholder])
}

func (r *run) await(ctx context.Context, name string) error {
	waiter := dynamodb.NewTableExistsWaiter(r.client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = time.Second })
	return waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)}, maxTableWait)
}

// removeTables deletes what the script has made. A table may be busy with what
// the script did last.
func (r *run) removeTables(ctx context.Context) error {
	var problems []error
	for _, placeholder := range slices.Sorted(maps.Keys(r.names)) {
		body := []byte(`{"TableName":"` + r.names[placeholder] + `"}`)
		for wait := time.Second; ; wait *= 2 {
			got, err := send(ctx, r.client, "DeleteTable", body)
			kind, text, failed := got.failure()
			if err == nil && (!failed || strings.HasSuffix(kind, "#ResourceNotFoundException")) {
				break
			}
			if err != nil || wait > time.Minute || !strings.HasSuffix(kind, "#ResourceInUseException") {
				problems = append(problems, fmt.Errorf("DeleteTable %s: %s %s %w", body, kind, text, err))
				break
			}
			if err := pause(ctx, wait); err != nil {
				problems = append(problems, err)
				break
			}
		}
	}
	return errors.Join(problems...)
}

// check sends a request and compares its answer. Global indexes follow their
// tables after a while.
func (r *run) check(ctx context.Context, s step) error {
	body, err := r.input(s)
	if err != nil {
		return err
	}
	for waited, wait := time.Duration(0), 10*time.Millisecond; ; wait *= 2 {
		got, err := send(ctx, r.client, s.op, body)
		if err != nil {
			return err
		}
		err = r.compare(s, got)
		if err == nil || !strings.Contains(s.input, `"IndexName"`) || waited > maxIndexWait || ctx.Err() != nil {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		waited += wait
	}
}

// input returns the body of the request.
func (r *run) input(s step) ([]byte, error) {
	var in map[string]any
	if err := json.Unmarshal([]byte(r.replace(s.input)), &in); err != nil {
		return nil, fmt.Errorf("%s: %w", s.input, err)
	}
	name, named := in["TableName"]
	switch {
	case named && name == nil:
		delete(in, "TableName")
	case !named && !slices.Contains(withoutTable, s.op):
		in["TableName"] = r.names["$T"]
	}
	return json.Marshal(in)
}

// withoutTable are the operations that do not take a table's name.
var withoutTable = []string{"ListTables", "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
	"TagResource", "UntagResource", "ListTagsOfResource", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}

var repeats = regexp.MustCompile(`\$x\((\d+)\)`)

// replace puts in what placeholders stand for.
func (r *run) replace(text string) string {
	for placeholder, name := range r.names {
		text = strings.ReplaceAll(text, placeholder, name)
	}
	return repeats.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.Atoi(repeats.FindStringSubmatch(m)[1])
		return strings.Repeat("x", n)
	})
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
