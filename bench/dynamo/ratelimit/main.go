// The program ratelimit measures what a Limiter adds to the one UpdateItem that a
// decision is, and what a decision without a request costs.
//
// Method. As in ../repository: one SDK client whose HTTP client answers a canned
// document, so no network; processor time (getrusage) of slices that take turns.
// "SDK by hand" sends an UpdateItem of the same expressions and reads the mark;
// its second contender is a control: how far its ratio is from 1 is what the
// machine adds. "From a batch" takes 999 of 1,000 tokens from those that the process
// holds. "fastest" is the fastest slice.
//
//	go run ./dynamo/ratelimit -rounds 21 | tee results/dynamo-ratelimit.txt
package main

import (
	"bytes"
	"context"
	"flag"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// A stub answers each request with a mark in the middle of an hour's bucket, or
// ahead of now when the bucket is to be empty.
type stub struct{ behind time.Duration }

func (s stub) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	member := "Attributes"
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "GetItem") {
		member = "Item"
	}
	body := []byte(`{"` + member + `":{"t0":{"N":"` + strconv.FormatInt(time.Now().Add(-s.behind).UnixNano(), 10) + `"},"by":{"N":"1"},"expires":{"N":"1"}}}`)
	return &http.Response{
		StatusCode: http.StatusOK,
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.0"},
			"X-Amz-Crc32":  {strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)},
		},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

func client(behind time.Duration) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", HTTPClient: stub{behind},
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("id", "secret", "")),
	})
}

func limiter(behind time.Duration, limit ratelimit.Limit, o *ratelimit.Options) func() {
	l, err := ratelimit.New(client(behind), "limits", limit, o)
	if err != nil {
		panic(err)
	}
	return func() {
		if _, err := l.Allow(context.Background(), "ada"); err != nil {
			panic(err)
		}
	}
}

// byHand makes the one request, with a bound on its time unless timeout is 0.
func byHand(timeout time.Duration) func() {
	c := client(time.Minute)
	number := func(n int64) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
	}
	return func() {
		now := time.Now().UnixNano()
		ctx := context.Background()
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		out, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName:                aws.String("limits"),
			Key:                      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "default#ada"}},
			UpdateExpression:         aws.String("SET #t = #t + :cost, #by = :by, #ttl = :ttl"),
			ConditionExpression:      aws.String("#t BETWEEN :lo AND :hi AND #by <> :by"),
			ExpressionAttributeNames: map[string]string{"#t": "t0", "#by": "by", "#ttl": "expires"},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":cost": number(1e9), ":by": number(now), ":ttl": number(now / 1e9), ":lo": number(now - 3600e9), ":hi": number(now - 1e9),
			},
			ReturnValues:                        types.ReturnValueUpdatedNew,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		if err != nil {
			panic(err)
		}
		if _, err := strconv.ParseInt(out.Attributes["t0"].(*types.AttributeValueMemberN).Value, 10, 64); err != nil {
			panic(err)
		}
	}
}

func main() {
	rounds := flag.Int("rounds", 21, "number of rounds")
	slice := flag.Duration("slice", 5*time.Millisecond, "processor time of a slice")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	measure.Header(os.Stdout)
	hourly := ratelimit.Limit{Rate: 3600, Per: time.Hour}
	often := ratelimit.Limit{Rate: 3_600_000, Per: time.Hour}
	measure.Table(os.Stdout, "a decision", measure.Interleave(*rounds, *slice, []measure.Contender{
		{Name: "SDK by hand", Run: byHand(0)},
		{Name: "the same again", Run: byHand(0)},
		{Name: "the same with a timeout", Run: byHand(time.Second)},
		{Name: "Limiter, one write", Run: limiter(time.Minute, hourly, nil)},
		{Name: "Limiter, from a batch of 1000", Run: limiter(time.Minute, often, &ratelimit.Options{Batch: 1000, Hold: time.Hour})},
		{Name: "Limiter, refused locally", Run: limiter(0, hourly, nil)},
	}))
}
