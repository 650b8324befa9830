package emulator_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/bench/events/emulator"
	"github.com/go-thaw/thaw/events"
)

// variable names the address of the emulator.
const variable = "THAW_MINISTACK"

// patience is how long an event may be on its way: a function takes half a
// second for each invocation there, and a retry some more.
const patience = 60 * time.Second

// world is the emulator and what listens to its functions.
type world struct {
	*testing.T
	url      string
	zip      []byte
	listener *listener
	report   string
	events   *eventbridge.Client
	queues   *sqs.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	url := os.Getenv(variable)
	if url == "" {
		t.Skip("SKIPPED: the path through an emulator needs " + variable + ", see .ci/ministack")
	}
	l := &listener{refused: map[string]bool{}, changed: make(chan struct{}, 1000)}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	return &world{
		T: t, url: url, zip: archive(t), listener: l, report: server.URL,
		events: eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keys}),
		queues: sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keys}),
	}
}

// archive builds the function.
func archive(t *testing.T) []byte {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./bootstrap")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	content, err := os.ReadFile(program)
	require.NoError(t, err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// A listener keeps what functions report, and refuses the order "again" the
// first time that each role reports it.
type listener struct {
	mu      sync.Mutex
	reports []emulator.Report
	refused map[string]bool
	changed chan struct{}
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var report emulator.Report
	if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, report)
	if report.Order.ID == "again" && !l.refused[report.Role] {
		l.refused[report.Role] = true
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	l.changed <- struct{}{}
}

// wait returns the reports of a role by order, once there are so many.
func (l *listener) wait(t *testing.T, role string, count int) map[string][]emulator.Report {
	t.Helper()
	timeout := time.After(patience)
	for {
		found, total := map[string][]emulator.Report{}, 0
		l.mu.Lock()
		for _, r := range l.reports {
			if r.Role == role {
				found[r.Order.ID] = append(found[r.Order.ID], r)
				total++
			}
		}
		l.mu.Unlock()
		if total >= count {
			return found
		}
		select {
		case <-l.changed:
		case <-timeout:
			require.FailNow(t, "an event did not arrive", "%s: %v", role, found)
		}
	}
}

// post calls an operation of Lambda, of which two are too few for its SDK.
func (w *world) post(path string, body map[string]any) {
	w.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(w, err)
	response, err := http.Post(w.url+"/2015-03-31/"+path, "application/json", bytes.NewReader(encoded))
	require.NoError(w, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(w, err)
	require.Less(w, response.StatusCode, 300, "%s", answer)
}

// function creates a function and returns its ARN.
func (w *world) function(role string) string {
	name := role + "-" + w.Name()
	w.post("functions", map[string]any{
		"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 20,
		"Role": "arn:aws:iam::000000000000:role/function", "Code": map[string]any{"ZipFile": w.zip},
		"Environment": map[string]any{"Variables": map[string]string{"ROLE": role, "REPORT_TO": w.report}},
	})
	return "arn:aws:lambda:us-east-1:000000000000:function:" + name
}

// rule sends the events of a bus to a target.
func (w *world) rule(bus, target string) {
	ctx := w.Context()
	_, err := w.events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &bus})
	require.NoError(w, err)
	_, err = w.events.PutRule(ctx, &eventbridge.PutRuleInput{
		Name: aws.String("orders"), EventBusName: &bus, EventPattern: aws.String(emulator.Placed.Pattern().String()),
	})
	require.NoError(w, err)
	out, err := w.events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: aws.String("orders"), EventBusName: &bus, Targets: []types.Target{{Id: aws.String("target"), Arn: &target}},
	})
	require.NoError(w, err)
	require.Zero(w, out.FailedEntryCount)
}

// queue creates a queue whose messages go to the function.
func (w *world) queue(name, function string) string {
	ctx := w.Context()
	created, err := w.queues.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "2"},
	})
	require.NoError(w, err)
	got, err := w.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: created.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	require.NoError(w, err)
	arn := got.Attributes["QueueArn"]
	w.post("event-source-mappings/", map[string]any{
		"FunctionName": function, "EventSourceArn": arn, "BatchSize": 10, "Enabled": true,
		"FunctionResponseTypes": []string{"ReportBatchItemFailures"},
	})
	return arn
}

// publish sends orders "order-0" and so on, and the order "again".
func (w *world) publish(bus string, count int) (*events.Publisher, []events.Event) {
	p, err := events.NewPublisher(w.events, &events.PublisherOptions{Bus: bus})
	require.NoError(w, err)
	require.NoError(w, p.VerifyBus(w.Context()))
	sent := []events.Event{emulator.Placed.New(emulator.Order{ID: "again"})}
	for i := range count {
		sent = append(sent, emulator.Placed.New(emulator.Order{ID: fmt.Sprintf("order-%d", i), Total: i}))
	}
	require.NoError(w, p.Publish(w.Context(), sent...))
	return p, sent
}

// Every order arrives, and only the one that failed arrives again.
func TestFromPublisherToBusToQueueToProcessor(t *testing.T) {
	w := newWorld(t)
	const count = 24
	w.rule("orders-queue", w.queue("orders", w.function("processor")))
	w.publish("orders-queue", count)

	got := w.listener.wait(t, "processor", count+2)
	require.Len(t, got, count+1)
	require.Len(t, got["again"], 2)
	for i := range count {
		id := fmt.Sprintf("order-%d", i)
		require.Equal(t, []emulator.Report{{Role: "processor", Order: emulator.Order{ID: id, Total: i}}}, got[id])
	}
}

// Every order arrives under the key that its publisher chose, the one that is
// delivered a second time under the same. The emulator does not repeat the
// invocation of a function that failed, so it is the publisher who does.
func TestFromPublisherToBusToFunction(t *testing.T) {
	w := newWorld(t)
	const count = 5
	w.rule("orders-function", w.function("router"))
	publisher, sent := w.publish("orders-function", count)
	require.Len(t, w.listener.wait(t, "router", count+1), count+1)
	require.NoError(t, publisher.Publish(t.Context(), sent[0]))

	got := w.listener.wait(t, "router", count+2)
	require.Len(t, got["again"], 2)
	for _, e := range sent {
		o, err := emulator.Placed.Decode(&events.Envelope{Detail: e.Detail})
		require.NoError(t, err)
		for _, report := range got[o.ID] {
			require.Equal(t, "confirm/"+e.Metadata.ID, report.Key)
		}
	}
}
