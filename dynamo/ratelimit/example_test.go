package ratelimit_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// Two processes share a limit of two an hour.
func Example() {
	ctx := context.Background()
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Table("limits", "id"),
	}})
	limit := ratelimit.Limit{Rate: 2, Per: time.Hour}
	one, err := ratelimit.New(fake.Client(), "limits", limit, nil)
	if err != nil {
		log.Fatal(err)
	}
	two, err := ratelimit.New(fake.Client(), "limits", limit, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, limiter := range []*ratelimit.Limiter{one, two, one, one} {
		d, err := limiter.Allow(ctx, "ada")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Allowed, d.Remaining, d.RetryAfter.Round(time.Minute))
	}
	// The first refusal told for how long it holds, so the second needed none.
	fmt.Println(len(fake.Calls("UpdateItem")), "writes")
	// Output:
	// true 1 0s
	// true 0 0s
	// false 0 30m0s
	// false 0 30m0s
	// 3 writes
}

// A route that each address may use twice a minute.
func ExampleLimiter_Middleware() {
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Table("limits", "id"),
	}})
	limiter, err := ratelimit.New(fake.Client(), "limits", ratelimit.Limit{Rate: 2, Per: time.Minute}, nil)
	if err != nil {
		log.Fatal(err)
	}
	limited := limiter.Middleware(ratelimit.ByAddress)
	mux := http.NewServeMux()
	mux.Handle("POST /users", limited(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
	})))
	for range 3 {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/users", nil))
		fmt.Println(w.Code, w.Header().Get("RateLimit"))
		if wait := w.Header().Get("Retry-After"); wait != "" {
			fmt.Println("try again in", wait, "s")
		}
	}
	// Output:
	// 201 "default";r=1;t=30
	// 201 "default";r=0;t=60
	// 429 "default";r=0;t=30
	// try again in 30 s
}
