package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// RegistrationLimit is how often an address may try to register.
var RegistrationLimit = ratelimit.Limit{Rate: 10, Per: time.Hour, Burst: 10}

// LimitRegistrations returns what [Options.Limit] takes: a limit by address, kept
// in the platform's table, where it is an item of its own. While the table does not
// answer each environment counts for itself; the registration then fails anyway.
func LimitRegistrations(client ratelimit.API, table string, limit ratelimit.Limit, now func() time.Time, logger *slog.Logger) (func(http.Handler) http.Handler, error) {
	limiter, err := ratelimit.New(client, table, limit, &ratelimit.Options{
		Name: "registrations", Partition: "pk", Sort: "sk", Failure: ratelimit.FailLocal, Now: now,
		Timeout: 3 * time.Second, // a throttled table is waited for: at this rate no token comes meanwhile
		OnError: func(ctx context.Context, err *ratelimit.StoreError) {
			logger.WarnContext(ctx, "the limit is counted locally", "error", err)
		},
	})
	if err != nil {
		return nil, err
	}
	return limiter.Middleware(ratelimit.ByAddress), nil
}
