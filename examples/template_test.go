// Package examples_test holds the templates of the starters to their code.
package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/rules"
	"github.com/go-thaw/thaw/internal/template"
	"github.com/go-thaw/thaw/queue/mapping"
)

// A starter is a folder with a template.
type starter struct {
	folder   string
	document []byte
	template *template.Template
}

// eachStarter runs check for every starter.
func eachStarter(t *testing.T, check func(*testing.T, *starter)) {
	t.Helper()
	files, err := filepath.Glob("*/template.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Dir(file), func(t *testing.T) {
			document, err := os.ReadFile(file)
			require.NoError(t, err)
			parsed, err := template.Parse(document)
			require.NoError(t, err)
			check(t, &starter{filepath.Dir(file), document, parsed})
		})
	}
}

// functions returns the functions of the template by their logical ids.
func (s *starter) functions() map[string]template.Resource {
	return s.ofType("AWS::Serverless::Function")
}

func (s *starter) ofType(kind string) map[string]template.Resource {
	out := make(map[string]template.Resource)
	for _, r := range s.template.Resources() {
		if r.Type == kind {
			out[r.ID] = r
		}
	}
	return out
}

// TestEveryHandlerHasAFunction compares the functions with the targets that sam
// build calls, and with the commands of the starter.
func TestEveryHandlerHasAFunction(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		built := s.builds(t)
		var commands []string
		for id := range s.functions() {
			require.Contains(t, built, id, "the Makefile has no target build-%s", id)
			commands = append(commands, filepath.Clean(built[id]))
		}
		require.Len(t, built, len(s.functions()), "the Makefile builds what the template does not have")
		mains, err := filepath.Glob(filepath.Join(s.folder, "cmd", "*", "main.go"))
		require.NoError(t, err)
		for _, main := range mains {
			folder, err := filepath.Rel(s.folder, filepath.Dir(main))
			require.NoError(t, err)
			require.Contains(t, commands, folder, "the template has no function of it")
		}
	})
}

// TestFunctionsAreBuiltForLambda checks what all functions have in common.
func TestFunctionsAreBuiltForLambda(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		for id, f := range s.functions() {
			require.Equal(t, "provided.al2023", f.Properties["Runtime"], id)
			require.Equal(t, []any{"arm64"}, f.Properties["Architectures"], id)
			require.Equal(t, "makefile", template.Object(f.Raw, "Metadata")["BuildMethod"], id)
			require.Equal(t, "Active", f.Properties["Tracing"], id)
			require.Equal(t, "JSON", template.Object(f.Properties, "LoggingConfig")["LogFormat"], id)
			log, ok := template.Target(template.Object(f.Properties, "LoggingConfig")["LogGroup"])
			require.True(t, ok, "%s has no log group of its own, so its logs are kept for ever", id)
			require.Contains(t, s.ofType("AWS::Logs::LogGroup")[log].Properties, "RetentionInDays", id)
			require.NotEmpty(t, f.Properties["AutoPublishAlias"], "%s has no alias, so what is provisioned would be $LATEST", id)
			require.Contains(t, f.Properties, "Timeout", "%s has the default of 3 s", id)
			require.Contains(t, f.Properties, "MemorySize", "%s has the default of 128 MB", id)
		}
	})
}

// TestTheEnvironmentIsWhatTheCodeReads compares variable by variable.
func TestTheEnvironmentIsWhatTheCodeReads(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		for id, f := range s.functions() {
			set := []string{}
			for name := range template.Object(f.Properties, "Environment", "Variables") {
				set = append(set, name)
			}
			slices.Sort(set)
			require.Equal(t, s.code(t, id).environment, set, "%s: what the code reads, and what the template sets", id)
		}
	})
}

// TestRulesMatchTheEventsOfTheCode checks that each rule matches an event that the
// starter defines, or one of AWS in its testdata.
func TestRulesMatchTheEventsOfTheCode(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		names := map[string]string{"AWS::AccountId": "123456789012", "AWS::Region": "us-east-1", "AWS::StackName": "stack", "AWS::Partition": "aws"}
		for _, r := range s.template.Resources() {
			names[r.ID] = r.ID
		}
		found, err := rules.FromTemplate(s.document, names)
		require.NoError(t, err)
		samples := s.events(t, names)
		require.Equal(t, len(found) == 0, len(samples) == 0, "rules %v, events %d", found, len(samples))
		for _, rule := range found {
			matches := slices.ContainsFunc(samples, func(event string) bool {
				ok, err := rule.Pattern.Match([]byte(event))
				require.NoError(t, err)
				return ok
			})
			require.True(t, matches, "the rule %s matches none of %v", rule.Name, samples)
		}
	})
}

// events returns an event of each definition in the code, and those in testdata.
func (s *starter) events(t *testing.T, names map[string]string) (out []string) {
	t.Helper()
	for _, d := range s.allCode(t).definitions {
		e := events.Define[struct{}](d[0], d[1])
		out = append(out, `{"source":"`+e.Source()+`","detail-type":"`+e.DetailType()+`","detail":{}}`)
	}
	files, err := filepath.Glob(filepath.Join(s.folder, "testdata", "event*.json"))
	require.NoError(t, err)
	for _, file := range files {
		sample, err := os.ReadFile(file)
		require.NoError(t, err)
		if text := string(sample); strings.Contains(text, `"detail-type"`) {
			for id := range names {
				text = strings.ReplaceAll(text, "${"+id+"}", names[id])
			}
			out = append(out, text)
		}
	}
	return out
}

// TestMappingsLoseNothing checks that each mapping reports which records failed, that
// visibility timeouts are long enough, and that what fails for good goes somewhere.
func TestMappingsLoseNothing(t *testing.T) {
	checked := 0
	eachStarter(t, func(t *testing.T, s *starter) {
		for _, f := range s.functions() {
			for _, event := range template.Object(f.Properties, "Events") {
				switch template.Object(event)["Type"] {
				case "SQS", "Kinesis", "DynamoDB":
					checked++
					require.NoError(t, mapping.CheckTemplate(s.document, nil))
				}
			}
		}
	})
	require.GreaterOrEqual(t, checked, 4, "mappings that were looked at")
}

// TestAPIsAreWatched checks that somebody is told when an API fails or is slow, and
// when one of its functions is throttled.
func TestAPIsAreWatched(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		watched := make(map[string]bool)
		for _, alarm := range s.ofType("AWS::CloudWatch::Alarm") {
			dimensions, _ := alarm.Properties["Dimensions"].([]any)
			for _, dimension := range dimensions {
				if id, ok := template.Target(template.Object(dimension)["Value"]); ok {
					statistic, _ := alarm.Properties["ExtendedStatistic"].(string)
					watched[alarm.Properties["MetricName"].(string)+statistic+" of "+id] = true
				}
			}
		}
		for id := range s.ofType("AWS::Serverless::HttpApi") {
			require.Contains(t, watched, "5xx of "+id)
			require.Contains(t, watched, "Latencyp99 of "+id)
		}
		for id, f := range s.functions() {
			for _, event := range template.Object(f.Properties, "Events") {
				if template.Object(event)["Type"] == "HttpApi" {
					require.Contains(t, watched, "Throttles of "+id)
				}
			}
		}
	})
}

// TestQueuesOfDeadLettersAreWatched checks that nothing ends where nobody looks.
func TestQueuesOfDeadLettersAreWatched(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		watched := make(map[string]bool)
		for _, alarm := range s.ofType("AWS::CloudWatch::Alarm") {
			if alarm.Properties["MetricName"] != "ApproximateNumberOfMessagesVisible" {
				continue
			}
			for _, dimension := range alarm.Properties["Dimensions"].([]any) {
				if id, ok := template.Target(template.Object(dimension)["Value"]); ok {
					watched[id] = true
				}
			}
		}
		for id, queue := range s.ofType("AWS::SQS::Queue") {
			if target, ok := template.Target(template.Object(queue.Properties, "RedrivePolicy")["deadLetterTargetArn"]); ok {
				require.True(t, watched[target], "no alarm watches the dead letters of %s", id)
			} else {
				require.True(t, watched[id], "no alarm watches %s, which nothing is redriven from", id)
			}
		}
	})
}

// TestOriginsExist checks what no linter does: that each cache behaviour of a
// distribution has its origin.
func TestOriginsExist(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		for id, d := range s.ofType("AWS::CloudFront::Distribution") {
			config := template.Object(d.Properties, "DistributionConfig")
			var origins []any
			for _, origin := range config["Origins"].([]any) {
				origins = append(origins, template.Object(origin)["Id"])
			}
			behaviors, _ := config["CacheBehaviors"].([]any)
			for _, behavior := range append(behaviors, config["DefaultCacheBehavior"]) {
				require.Contains(t, origins, template.Object(behavior)["TargetOriginId"], id)
			}
		}
	})
}
