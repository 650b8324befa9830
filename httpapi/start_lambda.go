//go:build lambda.norpc

package httpapi

import (
	"context"
	"errors"
)

// What is deployed needs no server of net/http, which would be a tenth of it.

func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (a *Adapter) serveLocal(context.Context) error {
	return errors.New("httpapi: AWS_LAMBDA_RUNTIME_API is not set, " +
		"and the build tag lambda.norpc has left out the local server")
}
