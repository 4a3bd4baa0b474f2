package acctest

import (
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// NewClock is a clock that stands at noon of a day in November 2026 until a test moves it.
func NewClock() *server.Clock {
	return server.NewClock(time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC))
}
