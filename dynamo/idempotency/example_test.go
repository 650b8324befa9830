package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

func Example() {
	type Order struct{ Customer, ID string }
	fake := dynamotest.New(nil)
	if err := fake.CreateTable(dynamotest.Table("idempotency", "id")); err != nil {
		panic(err)
	}
	store, err := idempotency.New(fake.Client(), "idempotency", nil)
	if err != nil {
		panic(err)
	}
	charge := idempotency.Wrap(store, "charge/v1",
		func(o Order) idempotency.Key { return idempotency.Key{o.Customer, o.ID} },
		func(_ context.Context, o Order) (string, error) {
			fmt.Println("charging", o.Customer)
			return "receipt for " + o.ID, nil
		})
	for range 2 {
		receipt, err := charge(context.Background(), Order{"ada", "o-1"})
		fmt.Println(receipt, err)
	}
	// Output:
	// charging ada
	// receipt for o-1 <nil>
	// receipt for o-1 <nil>
}

func ExampleRemember() {
	charge := idempotency.Wrap(idempotency.NewMemory(nil), "charge/v1",
		func(card string) idempotency.Key { return idempotency.Key{card} },
		func(context.Context, string) (string, error) {
			fmt.Println("asking the bank")
			return "", idempotency.Remember(errors.New("card declined"))
		})
	for range 2 {
		_, err := charge(context.Background(), "4711")
		var remembered *idempotency.RememberedError
		fmt.Println(err, errors.As(err, &remembered))
	}
	// Output:
	// asking the bank
	// card declined true
	// card declined true
}

func ExampleHandler() {
	type message struct{ ID, To string } // such as queue.Message[Email]
	send := idempotency.Handler(idempotency.NewMemory(nil), "send-email/v1",
		func(_ context.Context, m message) idempotency.Key { return idempotency.Key{m.ID} },
		func(_ context.Context, m message) error {
			fmt.Println("to", m.To)
			return nil
		})
	for range 2 {
		fmt.Println(send(context.Background(), message{"m-1", "ada@example.com"}))
	}
	// Output:
	// to ada@example.com
	// <nil>
	// <nil>
}

func ExamplePayload() {
	type transfer struct {
		ID    string
		Cents int
	}
	send := idempotency.Wrap(idempotency.NewMemory(nil), "transfer/v1",
		func(t transfer) idempotency.Key { return idempotency.Key{t.ID} },
		func(context.Context, transfer) (string, error) { return "sent", nil },
		idempotency.Payload(func(t transfer) any { return t.Cents }))
	for _, cents := range []int{100, 100, 999} {
		result, err := send(context.Background(), transfer{"t-1", cents})
		fmt.Printf("%q %t\n", result, errors.Is(err, idempotency.ErrPayloadMismatch))
	}
	// Output:
	// "sent" false
	// "sent" false
	// "" true
}

func ExampleMiddleware() {
	orders := 0
	once := idempotency.Middleware(idempotency.NewMemory(nil), &idempotency.HTTPOptions{Required: true})
	handler := once(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		orders++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "order %d", orders)
	}))
	for _, body := range []string{"tea", "tea", "coffee"} {
		r := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "8e03978e")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Printf("%d replayed=%q %.9s\n", w.Code, w.Header().Get(idempotency.ReplayedHeader), w.Body)
	}
	// Output:
	// 201 replayed="" order 1
	// 201 replayed="true" order 1
	// 422 replayed="" {"detail"
}
