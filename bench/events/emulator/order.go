// Package emulator proves packages events and queue on an AWS that is neither
// theirs nor Amazon's: events go through a bus, rules and a queue of ministack
// into functions that run as processes. Its test is skipped unless
// THAW_MINISTACK names the address that .ci/ministack prints.
package emulator

import "github.com/go-thaw/thaw/events"

// An Order is the detail of the events.
type Order struct {
	ID    string `json:"id"`
	Total int    `json:"total"`
}

// Placed defines the events.
var Placed = events.Define[Order]("shop.orders", "OrderPlaced")

// A Report is what a function tells the test about what it handles.
type Report struct {
	Role  string // router or processor
	Key   string // the idempotency key, of the router
	Order Order
}
