package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// memory measures the memory of tables of 100,000 items, put one by one in
// random order.
func memory() {
	const n = 100_000
	plain := dynamotest.Table("gigs", "pk", "sk:N")
	indexed := func() *dynamodb.CreateTableInput {
		return dynamotest.Index(dynamotest.Table("gigs", "pk", "sk:N"), "by-owner", "owner", "sk:N")
	}
	fmt.Printf("\n## memory: bytes per item, %d items\n\n%-52s %10s %10s\n", n, "", "DynamoDB's", "live heap")
	for _, c := range []struct {
		name string
		in   *dynamodb.CreateTableInput
		item string
	}{
		{"key only", plain, `"pk":{"S":"customer-$P"},"sk":{"N":"$S"}`},
		{"key and three strings", plain, three},
		{"key and three strings, with an index of all", indexed(), three},
		{"key and eight strings", plain, `"pk":{"S":"customer-$P"},"sk":{"N":"$S"}` + eight},
		{"key and a string of 1 KB", plain, `"pk":{"S":"customer-$P"},"sk":{"N":"$S"},"body":{"S":"` + strings.Repeat("x", 1024) + `"}`},
	} {
		charged, live := perItem(c.in, `{"TableName":"gigs","Item":{`+c.item+`}}`, n)
		fmt.Printf("%-52s %10d %10d\n", c.name, charged, live)
	}
}

const three = `"pk":{"S":"customer-$P"},"sk":{"N":"$S"},"serial":{"S":"serial-$P$S"},"owner":{"S":"owner-$P"},"title":{"S":"A gig for a bass player"}`

var eight = func() (all string) {
	for i := range 8 {
		all += fmt.Sprintf(`,"attribute%d":{"S":"a value of some twenty"}`, i)
	}
	return all
}()

// perItem returns the size of an item as DynamoDB measures it and the memory
// that it takes.
func perItem(in *dynamodb.CreateTableInput, format string, n int) (charged, live int64) {
	before := liveHeap()
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{in}})
	for _, i := range rand.Perm(n) {
		send(fake.Handler(), "PutItem", document(format, i))
	}
	fake.ResetCalls()
	live = (liveHeap() - before) / int64(n)
	described := must(fake.Client().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: in.TableName}))
	return *described.Table.TableSizeBytes / int64(n), live
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
