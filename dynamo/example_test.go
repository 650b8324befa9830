package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

type Gig struct {
	ID      string    `dynamodbav:"id" dynamo:"partition"`
	Title   string    `dynamodbav:"title"`
	Status  string    `dynamodbav:"status"`
	Version int64     `dynamodbav:"version" dynamo:"version"`
	Expires time.Time `dynamodbav:"expires,unixtime" dynamo:"ttl"`
}

// A Wallet has no version: conditions guard its balance.
type Wallet struct {
	User    string `dynamodbav:"user" dynamo:"partition"`
	Balance int    `dynamodbav:"balance"`
}

// A repository knows keys, version and time to live from the tags.
func Example() {
	ctx := context.Background()
	client := dynamotest.New(nil).Client() // in production: dynamo.NewClient(cfg, nil)
	gigs, err := dynamo.New[Gig](client, "gigs", nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := dynamo.CreateTables(ctx, client, gigs); err != nil {
		log.Fatal(err)
	}

	fmt.Println(gigs.Create(ctx, &Gig{ID: "g-1", Title: "Bass player", Status: "open"}))
	fmt.Println(gigs.Create(ctx, &Gig{ID: "g-1"}))

	gig, err := gigs.Get(ctx, dynamo.Key{"g-1"})
	fmt.Println(gig.Title, gig.Version, err)

	open := expression.Name("status").Equal(expression.Value("open"))
	closing := expression.Set(expression.Name("status"), expression.Value("closed"))
	gig, err = gigs.Update(ctx, dynamo.Key{"g-1"}, closing, dynamo.If(open))
	fmt.Println(gig.Status, gig.Version, err)
	_, err = gigs.Update(ctx, dynamo.Key{"g-1"}, closing, dynamo.If(open))
	fmt.Println(err)
	// Output:
	// <nil>
	// dynamo: create gigs g-1: item exists
	// Bass player 1 <nil>
	// closed 2 <nil>
	// dynamo: update gigs g-1: condition not met
}

// Two editors change the same item. The second one learns what the first one
// stored, and can merge.
func ExampleRepository_Put_versions() {
	ctx := context.Background()
	client := dynamotest.New(nil).Client()
	gigs, _ := dynamo.New[Gig](client, "gigs", nil)
	_ = dynamo.CreateTables(ctx, client, gigs)

	mine := Gig{ID: "g-1", Title: "Bass"}
	_ = gigs.Create(ctx, &mine)
	theirs := mine

	theirs.Title = "Bass player"
	fmt.Println(gigs.Put(ctx, &theirs), theirs.Version)

	mine.Status = "urgent"
	err := gigs.Put(ctx, &mine)
	if current, ok := dynamo.Current[Gig](err); ok && errors.Is(err, dynamo.ErrConflict) {
		fmt.Println(err)
		current.Status = mine.Status
		err = gigs.Put(ctx, &current)
		fmt.Println(err, current.Title, current.Status, current.Version)
	}
	// Output:
	// <nil> 2
	// dynamo: put gigs g-1: item was changed by another write
	// <nil> Bass player urgent 3
}

// Users and their gigs share a table and a partition; an index lists the gigs
// of a city by price.
func ExampleOptions_singleTable() {
	type User struct {
		ID   string `dynamodbav:"id"`
		Name string `dynamodbav:"name"`
	}
	type CityGig struct {
		Owner string `dynamodbav:"owner"`
		ID    string `dynamodbav:"id"`
		City  string `dynamodbav:"city"`
		Price int    `dynamodbav:"price"`
	}
	ctx := context.Background()
	client := dynamotest.New(nil).Client()
	users, _ := dynamo.New[User](client, "platform", &dynamo.Options{
		Partition: "USER#{id}", Sort: "PROFILE",
	})
	gigs, _ := dynamo.New[CityGig](client, "platform", &dynamo.Options{
		Partition: "USER#{owner}", Sort: "GIG#{id}",
		Indexes: []dynamo.Index{{Name: "gsi1", Partition: "CITY#{city}", Sort: "{price:6}#{id}"}},
	})
	_ = dynamo.CreateTables(ctx, client, users, gigs)

	_ = users.Create(ctx, &User{ID: "u-1", Name: "Ann"})
	_ = gigs.PutAll(ctx, []CityGig{
		{Owner: "u-1", ID: "g-1", City: "Bern", Price: 900},
		{Owner: "u-1", ID: "g-2", City: "Bern", Price: 80},
		{Owner: "u-2", ID: "g-3", City: "Bern", Price: 1200},
	})

	for gig, err := range gigs.Query(ctx, dynamo.Query{Partition: dynamo.Key{"u-1"}}) {
		fmt.Println("of u-1:", gig.ID, err)
	}
	cheap := dynamo.Query{Index: "gsi1", Partition: dynamo.Key{"Bern"}, Sort: dynamo.AtMost(1000)}
	for gig, err := range gigs.Query(ctx, cheap) {
		fmt.Println("up to 1000:", gig.ID, gig.Price, err)
	}
	for user, err := range users.Scan(ctx, dynamo.Scan{}) {
		fmt.Println("user:", user.Name, err)
	}
	// Output:
	// of u-1: g-1 <nil>
	// of u-1: g-2 <nil>
	// up to 1000: g-2 80 <nil>
	// up to 1000: g-1 900 <nil>
	// user: Ann <nil>
}

// A handler hands Next to its client, who sends it back for the next page.
func ExampleRepository_Page() {
	type Post struct {
		Blog string `dynamodbav:"blog" dynamo:"partition"`
		Seq  int    `dynamodbav:"seq" dynamo:"sort"`
	}
	ctx := context.Background()
	client := dynamotest.New(nil).Client()
	posts, _ := dynamo.New[Post](client, "posts", &dynamo.Options{
		CursorKeys: [][]byte{[]byte("a secret of at least 16 bytes")},
	})
	_ = dynamo.CreateTables(ctx, client, posts)
	_ = posts.PutAll(ctx, []Post{{"b", 1}, {"b", 2}, {"b", 3}, {"b", 4}, {"b", 5}})

	query := dynamo.Query{Partition: dynamo.Key{"b"}, Limit: 2}
	for cursor := ""; ; {
		page, err := posts.Page(ctx, query, cursor)
		fmt.Println(page.Items, err)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	_, err := posts.Page(ctx, query, "made-up")
	fmt.Println(errors.Is(err, dynamo.ErrBadCursor))
	// Output:
	// [{b 1} {b 2}] <nil>
	// [{b 3} {b 4}] <nil>
	// [{b 5}] <nil>
	// true
}

// DynamoDB may leave a part of a batch undone. PutAll tries until the context
// ends and then says what is left.
func ExampleRepository_PutAll() {
	fake := dynamotest.New(nil)
	gigs, _ := dynamo.New[Gig](fake.Client(), "gigs", nil)
	_ = dynamo.CreateTables(context.Background(), fake.Client(), gigs)

	fake.LeaveUnprocessed(1 << 20) // as if the table were overloaded
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	items := []Gig{{ID: "g-1"}, {ID: "g-2"}}
	err := gigs.PutAll(ctx, items)
	left := dynamo.Leftovers(items, err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), len(left), "left")

	fake.ClearFaults()
	fmt.Println(gigs.PutAll(context.Background(), left))
	// Output:
	// true 2 left
	// <nil>
}

// A transaction over two repositories: all or nothing, and a reason for each.
func ExampleTransact() {
	ctx := context.Background()
	client := dynamotest.New(nil).Client()
	gigs, _ := dynamo.New[Gig](client, "gigs", nil)
	wallets, _ := dynamo.New[Wallet](client, "wallets", nil)
	_ = dynamo.CreateTables(ctx, client, gigs, wallets)
	_ = wallets.Put(ctx, &Wallet{User: "u-1", Balance: 5})

	balance := expression.Name("balance")
	pay := func(price int) dynamo.Op {
		return wallets.UpdateOp(dynamo.Key{"u-1"},
			expression.Set(balance, balance.Minus(expression.Value(price))),
			dynamo.If(balance.GreaterThanEqual(expression.Value(price))))
	}
	fmt.Println(dynamo.Transact(ctx, client, gigs.CreateOp(&Gig{ID: "g-1"}), pay(4)))

	err := dynamo.Transact(ctx, client, gigs.CreateOp(&Gig{ID: "g-2"}), pay(4))
	var transaction *dynamo.TransactionError
	if errors.As(err, &transaction) {
		for _, reason := range transaction.Reasons {
			fmt.Println(reason.Op, reason.Key, reason.Err)
		}
		wallet, _ := dynamo.Current[Wallet](err)
		fmt.Println("only", wallet.Balance, "left")
	}
	// Output:
	// <nil>
	// create g-2 <nil>
	// update u-1 dynamo: update wallets u-1: condition not met
	// only 1 left
}

// A condition that is kept is built once, however many writes it is for.
func ExampleIf() {
	ctx := context.Background()
	client := dynamotest.New(nil).Client()
	wallets, _ := dynamo.New[Wallet](client, "wallets", nil)
	_ = dynamo.CreateTables(ctx, client, wallets)
	_ = wallets.Put(ctx, &Wallet{User: "u-1"})
	_ = wallets.Put(ctx, &Wallet{User: "u-2", Balance: 5})

	ifEmpty := dynamo.If(expression.Name("balance").Equal(expression.Value(0)))
	for _, user := range []string{"u-1", "u-2"} {
		err := wallets.Delete(ctx, dynamo.Key{user}, ifEmpty)
		wallet, there := dynamo.Current[Wallet](err)
		fmt.Println(user, errors.Is(err, dynamo.ErrCondition), wallet.Balance, there)
	}
	// Output:
	// u-1 false 0 false
	// u-2 true 5 true
}

// Tests run on DynamoDB in memory, faults included: here the answer to a write
// is lost after it took effect. The client tries again, and the repository
// recognises its own item.
func Example_testing() {
	ctx := context.Background()
	fake := dynamotest.New(nil)
	gigs, _ := dynamo.New[Gig](fake.Client(), "gigs", nil)
	_ = dynamo.CreateTables(ctx, fake.Client(), gigs)

	fake.Inject("PutItem", dynamotest.Fault{Cut: dynamotest.CutAfter})
	fmt.Println(gigs.Create(ctx, &Gig{ID: "g-1"}))
	fmt.Println(len(fake.Calls("PutItem")), "attempts")
	// Output:
	// <nil>
	// 2 attempts
}
