package providerdata

import (
	"context"
	"errors"
	"time"
)

// grace is how long what has begun may go on after Terraform was interrupted. Terraform waits for its providers, and
// whoever pressed Ctrl-C waits for Terraform.
const grace = 8 * time.Second

// errInterrupted ends what is not finished by then.
var errInterrupted = errors.New("Terraform was interrupted")

type finishingKey struct{}

// WithGrace returns a context for an operation of which some steps must not be given up half-way, see Finishing. The
// function that it returns must be called at the end.
func WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	steps, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(grace):
			end(errInterrupted)
		case <-steps.Done():
		}
	})
	return context.WithValue(ctx, finishingKey{}, steps), func() {
		stop()
		end(context.Canceled)
	}
}

// Finishing is the context of steps that bring to an end what has begun, such as revoking a token that nobody uses. It
// outlives an interruption, but all such steps of an operation together by no more than the grace, should a server not
// answer.
func Finishing(ctx context.Context) context.Context {
	if steps, ok := ctx.Value(finishingKey{}).(context.Context); ok {
		return steps
	}
	return context.WithoutCancel(ctx)
}
