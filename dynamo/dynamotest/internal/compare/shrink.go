package compare

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxReplays bounds the work of shrinking one difference.
const maxReplays = 600

// A shrinker makes a sequence of requests shorter while its last one is still
// answered differently.
type shrinker struct {
	*Options
	prefix  string
	replays int
	best    Difference
	err     error
}

func (o *Options) shrink(d Difference, prefix string) (*Difference, error) {
	s := &shrinker{Options: o, prefix: prefix, best: d}
	for size := max(len(d.Requests)/2, 1); ; size = max(size/2, 1) {
		shorter := s.dropRuns(size)
		if size == 1 && !shorter {
			break
		}
	}
	for i := len(s.best.Requests) - 1; i >= 0; i-- {
		s.shrinkRequest(i)
	}
	return &s.best, s.err
}

// dropRuns leaves runs of requests out, never the last one.
func (s *shrinker) dropRuns(size int) (shorter bool) {
	for from := 0; from+size < len(s.best.Requests); {
		if s.try(slices.Delete(slices.Clone(s.best.Requests), from, from+size)) {
			shorter = true
		} else {
			from += size
		}
	}
	return shorter
}

// try replays a sequence and keeps it when its last request still differs.
func (s *shrinker) try(requests []Request) bool {
	if s.replays++; s.replays > maxReplays || s.err != nil {
		return false
	}
	server := s.New()
	s.renew()
	if s.err = removeTables(s.Reference, s.prefix); s.err != nil {
		return false
	}
	for i, r := range requests {
		got, want, err := s.both(server, s.Reference, r)
		if err != nil {
			s.err = err
			return false
		}
		known, same := judge(r, got, want)
		switch last := i == len(requests)-1; {
		case !same && known == nil && last && alike(got, s.best.Got) && alike(want, s.best.Want):
			s.best.Requests, s.best.Got, s.best.Want = requests, got, want
			return true
		case !same && !last && (known == nil || known.parts || got.Status != want.Status):
			return false
		}
	}
	return false
}

// alike tells whether answers say about the same, so that shrinking stays with
// the difference that was found.
func alike(a, b Answer) bool {
	return a.Status == b.Status && (a.Status == 200 || rule(a) == rule(b))
}

// shrinkRequest makes the input of one request smaller.
func (s *shrinker) shrinkRequest(i int) {
	if s.best.Requests[i].Raw != "" {
		return
	}
	for again := true; again; {
		again = false
		for _, smaller := range reductions(s.best.Requests[i].In) {
			requests := slices.Clone(s.best.Requests)
			requests[i].In = smaller.(Document)
			if s.try(requests) {
				again = true
				break
			}
		}
	}
}

// reductions returns the documents that are a step smaller than v: without one
// of its members, elements or words.
func reductions(v any) []any {
	var out []any
	switch v := v.(type) {
	case Document:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			less := maps.Clone(v)
			delete(less, name)
			out = append(out, less)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			for _, member := range reductions(v[name]) {
				less := maps.Clone(v)
				less[name] = member
				out = append(out, less)
			}
		}
	case []any:
		for i := range v {
			out = append(out, slices.Delete(slices.Clone(v), i, i+1))
		}
		for i := range v {
			for _, element := range reductions(v[i]) {
				less := slices.Clone(v)
				less[i] = element
				out = append(out, less)
			}
		}
	case string:
		out = append(out, withoutParts(v)...)
		if words := strings.Fields(v); len(words) > 1 {
			for n := 1; n <= min(4, len(words)-1); n++ {
				for i := range len(words) - n + 1 {
					out = append(out, strings.Join(slices.Delete(slices.Clone(words), i, i+n), " "))
				}
			}
		}
		if len(v) > 1000 {
			out = append(out, v[:len(v)/2])
		}
	}
	return out
}

// joints are what joins the parts of an expression.
var joints = regexp.MustCompile(`(?i) AND | OR |, | (SET|REMOVE|ADD|DELETE) `)

// withoutParts returns an expression without one of its parts, as far as that can
// be told without reading it.
func withoutParts(expression string) []any {
	var out []any
	cuts := joints.FindAllStringIndex(expression, -1)
	for i, c := range cuts {
		out = append(out, expression[:c[0]], expression[c[1]:])
		if i > 0 {
			out = append(out, expression[:cuts[i-1][0]]+expression[c[0]:])
		}
	}
	return out
}
