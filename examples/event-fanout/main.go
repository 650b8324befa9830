// Command event-fanout does what follows when an order was placed: on Lambda
// behind an EventBridge rule, and with the build tag local on an in-memory bus.
package main

import (
	"context"
	"log/slog"
	"os"
)

func main() {
	router := newRouter(Services{Receipt: logged("receipt"), Stock: logged("stock"), Review: logged("review")})
	if err := serve(context.Background(), router); err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
}
