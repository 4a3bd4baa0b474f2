package main

import (
	"cmp"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// logWhatIsShown keeps the loggers of this process from building lines that Terraform would throw away. By themselves
// they build all, down to TRACE, encode them as JSON and write them to Terraform, which shows those of the level that
// the user has asked for; without TF_LOG or TF_LOG_PROVIDER that is none. A variable that asks one of the loggers for a
// level of its own is left as it is. It returns the logger for what go-plugin has to say.
func logWhatIsShown(getenv func(string) string, setenv func(name, value string) error) hclog.Logger {
	shown := shownLevel(getenv)
	for _, logger := range []struct{ variable, level string }{
		// https://developer.hashicorp.com/terraform/plugin/log/managing#log-levels
		{"TF_LOG_PROVIDER_INFISICAL", shown},
		{"TF_LOG_SDK_PROTO", cmp.Or(getenv("TF_LOG_SDK"), shown)},
		{"TF_LOG_SDK_FRAMEWORK", cmp.Or(getenv("TF_LOG_SDK"), shown)},
		{"TF_LOG_SDK", shown},
	} {
		if getenv(logger.variable) == "" {
			_ = setenv(logger.variable, logger.level) // Fails only for names that no system allows. Then lines are built for nobody.
		}
	}
	return hclog.New(&hclog.LoggerOptions{Level: hclog.LevelFromString(shown), Output: os.Stderr, JSONFormat: true})
}

// shownLevel is the level from which on Terraform shows what providers log, as it finds it itself:
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/logging/logging.go (providerLogLevel, parseLogLevel).
func shownLevel(getenv func(string) string) string {
	level := strings.ToUpper(cmp.Or(getenv("TF_LOG_PROVIDER"), getenv("TF_LOG")))
	switch {
	case level == "":
		return "OFF"
	case slices.Contains([]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"}, level):
		return level
	}
	return "TRACE" // JSON, or something that Terraform does not know.
}

// dropStandardLog keeps what others write into Go's standard log away from Terraform's. That is net/http, which quotes
// there what a server sends behind its answer, and a hostile one sends what it was sent. What this process has to say
// itself goes to its own loggers.
func dropStandardLog() { log.SetOutput(io.Discard) }
