package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// The requests to register before the flood: each user twice, and the malformed
// ones. All come from one address.
const registrations = 2*(goodUsers+bouncingUsers) + malformedUsers

// registrationLimit is used up by them, to the last token.
var registrationLimit = ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: registrations}

// flood registers more users than the limit allows.
func (c *client) flood(ctx context.Context) {
	each(floods, func(i int) {
		body := map[string]string{"email": fmt.Sprintf("flood-%d@mail.example", i), "name": "Flood"}
		a := c.send(ctx, request{method: "POST", path: "/users", body: body, want: http.StatusTooManyRequests})
		if wait := a.header.Get("Retry-After"); wait == "" {
			c.problem("POST /users: 429 without Retry-After")
		}
	})
}
