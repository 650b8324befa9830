package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/costs"

	"github.com/go-thaw/thaw/examples/gigs/local"
	"github.com/go-thaw/thaw/examples/gigs/registration"
)

// A State is everything the page shows.
type State struct {
	Time     string   `json:"time"` // of the platform, in UTC
	Requests Requests `json:"requests"`
	Tables   []Table  `json:"tables"`
	Events   []Event  `json:"events"` // the newest first
	Queues   []Queue  `json:"queues"`
	Cache    Cache    `json:"cache"`
	Costs    Costs    `json:"costs"`
}

// A Table is a table with its items.
type Table struct {
	Name  string `json:"name"`
	Items []Item `json:"items"`
}

// An Item is an item of a table.
type Item struct {
	Key  string          `json:"key"`
	JSON json.RawMessage `json:"json"`
}

// An Event is one on the bus, with those who have handled it.
type Event struct {
	ID       string          `json:"id"`
	Time     string          `json:"time"`
	Type     string          `json:"type"`
	Detail   json.RawMessage `json:"detail"`
	State    string          `json:"state"`
	Handlers []Outcome       `json:"handlers"`
}

// A Queue is a queue with its messages.
type Queue struct {
	Name       string    `json:"name"`
	DeadLetter bool      `json:"deadLetter"`
	Visible    int       `json:"visible"`
	InFlight   int       `json:"inFlight"`
	Delayed    int       `json:"delayed"`
	Messages   []Message `json:"messages"`
}

// A Message is one on a queue.
type Message struct {
	ID       string `json:"id"`
	Body     string `json:"body"`
	Receives int    `json:"receives"`
	InFlight bool   `json:"inFlight"`
}

// Cache tells how the cache in front of the gigs is doing.
type Cache struct {
	Hits   uint64  `json:"hits"`
	Misses uint64  `json:"misses"`
	Loads  uint64  `json:"loads"`
	Rate   float64 `json:"rate"` // of the reads, 0 to 1
}

// Costs are the estimate so far.
type Costs struct {
	Total  string  `json:"total"`
	Routes []Route `json:"routes"`
}

// A Route is what one route costs.
type Route struct {
	Route      string `json:"route"`
	Requests   int64  `json:"requests"`
	Cost       string `json:"cost"`
	PerMillion string `json:"perMillion"`
}

// State returns what the page shows now.
func (c *Console) State() State {
	return State{
		Time:     c.clock.Time().UTC().Format("15:04"),
		Requests: c.watch.seenRequests(),
		Tables:   tables(c.platform.Tables.Dump()),
		Events:   c.events(),
		Queues:   []Queue{c.queue(local.Emails), c.queue(local.FailedEmails)},
		Cache:    c.cache(),
		Costs:    routes(c.platform.Tracker.Totals()),
	}
}

// tables reads the dump of the fake: a line for each table, and an indented one
// for each item. A Scan would do as well, but it would count as a call and take
// the fault that somebody has just asked for.
func tables(dump string) []Table {
	out := []Table{}
	for line := range strings.Lines(dump) {
		line = strings.TrimSuffix(line, "\n")
		if item, ok := strings.CutPrefix(line, "  "); ok && len(out) > 0 {
			last := &out[len(out)-1]
			last.Items = append(last.Items, readItem([]byte(item)))
		} else if name, _, found := strings.Cut(line, " ("); found {
			out = append(out, Table{Name: name, Items: []Item{}})
		}
	}
	return out
}

// readItem names an item after its key and drops the descriptors of its types.
func readItem(typed []byte) Item {
	var attributes map[string]map[string]json.RawMessage
	if err := json.Unmarshal(typed, &attributes); err != nil {
		return Item{Key: "?", JSON: typed}
	}
	key := text(attributes["pk"])
	if sort := text(attributes["sk"]); sort != "" {
		key += " / " + sort
	}
	plain := make(map[string]any, len(attributes))
	for name, value := range attributes {
		plain[name] = untyped(value)
	}
	encoded, err := json.Marshal(plain)
	if err != nil {
		return Item{Key: key, JSON: typed}
	}
	return Item{Key: cmp.Or(key, text(attributes["id"]), "?"), JSON: encoded}
}

// text returns the string in a typed value.
func text(value map[string]json.RawMessage) (s string) {
	_ = json.Unmarshal(value["S"], &s)
	return s
}

// untyped returns a value without its descriptor, {"S": "x"} as "x"; numbers stay
// as they are written.
func untyped(value map[string]json.RawMessage) any {
	for kind, raw := range value {
		switch kind {
		case "N":
			return json.RawMessage(bytes.Trim(raw, `"`))
		case "M":
			var members map[string]map[string]json.RawMessage
			if json.Unmarshal(raw, &members) == nil {
				out := make(map[string]any, len(members))
				for name, member := range members {
					out[name] = untyped(member)
				}
				return out
			}
		case "L":
			var elements []map[string]json.RawMessage
			if json.Unmarshal(raw, &elements) == nil {
				out := make([]any, len(elements))
				for i := range elements {
					out[i] = untyped(elements[i])
				}
				return out
			}
		case "NULL":
			return nil
		}
		return raw
	}
	return nil
}

// events returns what is on the bus.
func (c *Console) events() []Event {
	states := make(map[string]string)
	for _, d := range c.platform.Bus.Deliveries("") {
		states[d.EventID] = string(d.State)
	}
	seen := c.platform.Bus.Events(local.Bus)
	slices.Reverse(seen)
	out := make([]Event, 0, min(len(seen), kept))
	for _, e := range seen[:cap(out)] {
		var u registration.User
		_ = json.Unmarshal(e.Detail, &u)
		out = append(out, Event{
			ID: e.ID, Time: clockTime(e.Time), Type: e.DetailType, Detail: e.Detail,
			State: states[e.ID], Handlers: append([]Outcome{}, c.watch.outcomesOf(u.ID)...),
		})
	}
	return out
}

func (c *Console) queue(name string) Queue {
	counts := c.platform.Queues.Counts(name)
	q := Queue{
		Name: name, DeadLetter: name == local.FailedEmails, Messages: []Message{},
		Visible: counts.Visible, InFlight: counts.InFlight, Delayed: counts.Delayed,
	}
	stored := c.platform.Queues.Messages(name)
	for _, m := range stored[:min(len(stored), kept)] {
		q.Messages = append(q.Messages, Message{ID: m.ID, Body: m.Body, Receives: m.ReceiveCount, InFlight: m.InFlight})
	}
	return q
}

func (c *Console) cache() Cache {
	s := c.platform.API.CacheStats()
	rate := s.HitRate()
	if s.Hits+s.Misses == 0 {
		rate = 0
	}
	return Cache{Hits: s.Hits, Misses: s.Misses, Loads: s.Loads, Rate: rate}
}

func routes(t costs.Totals) Costs {
	out := Costs{Total: t.Total.Cost.Total().Round(10).String(), Routes: []Route{}}
	for i := range t.Lines {
		line := &t.Lines[i]
		out.Routes = append(out.Routes, Route{
			Route: line.Route, Requests: line.Invocations,
			Cost: line.Cost.Total().Round(10).String(), PerMillion: line.PerMillion().Round(2).String(),
		})
	}
	return out
}
