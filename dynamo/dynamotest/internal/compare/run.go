package compare

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// Options say what [Run] does.
type Options struct {
	// New returns a new, empty server to check.
	New func() Server
	// Reference is the server that decides. Tables whose names start with
	// "thaw-compare-" are removed from it.
	Reference Server
	// Seed is what the requests follow from.
	Seed uint64
	// Operations is how many requests to send; it ends with a whole round.
	Operations int
	// Differences is how many to find before giving up; 0 means 1.
	Differences int
	// Log is told how far the comparison is.
	Log func(format string, args ...any)

	// nonce ends request tokens, which the reference remembers for longer than
	// its tables.
	nonce string
}

// A Report is what a run has seen.
type Report struct {
	// Sent counts the requests, by operation and "OK" or the error's type.
	Sent map[string]map[string]int
	// Known counts the answers that were covered by a known difference, by its
	// name.
	Known map[string]int
	// Ordered counts the requests that break two rules and were refused for
	// another one by each server, by the two rules.
	Ordered map[string]int
	// Unknown are the differences found.
	Unknown []Difference
	// Total is the number of requests.
	Total int
}

// A Difference is a sequence of requests whose last was answered differently.
type Difference struct {
	Round     uint64
	Requests  []Request
	Got, Want Answer
}

// maxShown bounds how much of a request or answer is shown.
const maxShown = 3000

// String shows the sequence so that it reads and can be sent again.
func (d Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "round %d, after shrinking:\n", d.Round)
	for _, r := range d.Requests {
		fmt.Fprintf(&b, "  %s\n", cut(r.String()))
	}
	fmt.Fprintf(&b, "  got  %s\n  want %s\n", cut(d.Got.String()), cut(d.Want.String()))
	fmt.Fprintf(&b, "  they differ at %s\n", cut(strings.Join(apart(stable(d.Got.Out), stable(d.Want.Out), ""), "; ")))
	return b.String()
}

func cut(s string) string {
	if len(s) > maxShown {
		return s[:maxShown] + "…"
	}
	return s
}

// roundLength is how many requests are sent to the same tables.
const roundLength = 60

// Run compares the servers round by round, each with new tables. It returns an
// error when a server cannot be reached or ctx ends.
func Run(ctx context.Context, o Options) (Report, error) {
	report := Report{Sent: map[string]map[string]int{}, Known: map[string]int{}, Ordered: map[string]int{}}
	for round := uint64(0); report.Total < o.Operations; round++ {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		d, err := o.round(&report, round)
		if err != nil {
			return report, fmt.Errorf("round %d: %w", round, err)
		}
		if d != nil {
			o.Log("difference in %v", *d)
			report.Unknown = append(report.Unknown, *d)
			if len(report.Unknown) >= max(o.Differences, 1) {
				break
			}
		}
		if round%100 == 99 {
			o.Log("%d requests", report.Total)
		}
	}
	return report, nil
}

// renew has request tokens be new ones.
func (o *Options) renew() { o.nonce = "-" + rand.Text()[:20] }

// round sends one round of requests and returns the first difference, shrunk.
func (o *Options) round(report *Report, round uint64) (*Difference, error) {
	m := newMaker(o.Seed, round)
	server := o.New()
	o.renew()
	if err := removeTables(o.Reference, m.prefix); err != nil {
		return nil, err
	}
	var sent []Request
	for i := range roundLength {
		r := m.request()
		if i < len(m.tables) {
			r = Request{Op: "CreateTable", In: m.creation(m.tables[i])}
		}
		if makesForeign(r, m.prefix) {
			continue
		}
		sent = append(sent, r)
		got, want, err := o.both(server, o.Reference, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cut(r.String()), err)
		}
		report.count(r, want)
		switch known, same := judge(r, got, want); {
		case same:
		case known != nil:
			report.Known[known.name]++
			if known.parts || got.Status != want.Status {
				return nil, nil // the servers no longer hold the same
			}
		default:
			pair := rule(got) + " | " + rule(want)
			if report.Ordered[pair] > 0 && rule(got) != rule(want) {
				report.Ordered[pair]++
				continue
			}
			if two, err := o.twoRules(server, r, got, want); two || err != nil {
				report.Ordered[pair]++
				return nil, err
			}
			return o.shrink(Difference{Round: round, Requests: sent, Got: got, Want: want}, m.prefix)
		}
		m.follow(r, want)
	}
	return nil, nil
}

func (r *Report) count(q Request, a Answer) {
	r.Total++
	if r.Sent[q.Op] == nil {
		r.Sent[q.Op] = map[string]int{}
	}
	outcome := "OK"
	if out, ok := a.Out.(Document); ok && a.Status != 200 {
		kind, _ := out["__type"].(string)
		_, outcome, _ = strings.Cut(kind, "#")
	}
	r.Sent[q.Op][outcome]++
}

// both sends a request to both servers.
func (o *Options) both(a, b Server, r Request) (got, want Answer, err error) {
	if token, ok := r.In["ClientRequestToken"].(string); ok && token != "" && len(token) < 12 {
		r.In = maps.Clone(r.In)
		r.In["ClientRequestToken"] = token + o.nonce
	}
	send := Server.Send
	if r.Op == "Scan" {
		send = scan
	}
	if got, err = send(a, r); err != nil {
		return got, want, err
	}
	want, err = send(b, r)
	return got, want, err
}

// judge tells whether the answers are the same, or else the known
// difference that covers them.
func judge(r Request, got, want Answer) (known *knownDifference, same bool) {
	got.Out, want.Out = stable(got.Out), stable(want.Out)
	if reflect.DeepEqual(got, want) {
		return nil, true
	}
	for i := range knownDifferences {
		if k := &knownDifferences[i]; k.covers(r, got, want) {
			return k, false
		}
	}
	return nil, false
}

// makesForeign tells whether r, changed at random, would create a table that is
// not recognised as one of ours and would stay on the reference.
func makesForeign(r Request, prefix string) bool {
	name, _ := r.In["TableName"].(string)
	return r.Op == "CreateTable" && len(name) >= 3 && !strings.HasPrefix(name, prefix)
}

// removeTables deletes the tables that a round has left.
func removeTables(s Server, prefix string) error {
	a, err := s.Send(Request{Op: "ListTables", In: Document{}})
	if err != nil {
		return err
	}
	out, _ := a.Out.(Document)
	tables, _ := out["TableNames"].([]any)
	for _, name := range tables {
		if name, _ := name.(string); !strings.HasPrefix(name, prefix) {
			continue
		}
		for _, r := range []Request{
			{Op: "UpdateTable", In: Document{"TableName": name, "DeletionProtectionEnabled": false}},
			{Op: "DeleteTable", In: Document{"TableName": name}},
		} {
			if a, err = s.Send(r); err != nil {
				return err
			}
		}
		if a.Status != 200 {
			return fmt.Errorf("DeleteTable %s: %v", name, a)
		}
	}
	return nil
}
