package compare

import (
	"cmp"
	"slices"
)

// scan sends a Scan, the pages that follow and the other segments, and returns
// them as one answer. DynamoDB promises no order of partitions, so the servers
// need not agree on what is on which page or in which segment: the items are
// sorted, and the members that depend on the pages are left away.
func scan(s Server, r Request) (Answer, error) {
	start := r.In["ExclusiveStartKey"] != nil
	_, known := r.In["Segment"].(int)
	if r.In["Segment"] != nil && (start || !known) {
		return Answer{Status: 200}, nil // what lies in which segment is the server's choice
	}
	first, err := s.Send(r)
	if err == nil && start && first.Status == 200 {
		return Answer{Status: 200}, nil // and so is what comes after it
	}
	if err != nil || first.Status != 200 {
		return first, err
	}
	out := first.Out.(Document)
	pages, a, err := restOf(s, r, out)
	if err != nil || a.Status != 200 {
		return a, err
	}
	total, _ := r.In["TotalSegments"].(int)
	for segment := range total {
		if segment == r.In["Segment"] {
			continue
		}
		in := clone(r.In).(Document)
		in["Segment"] = segment
		other := Request{Op: r.Op, In: in}
		a, err := s.Send(other)
		if err != nil || a.Status != 200 {
			return a, err
		}
		page := a.Out.(Document)
		if _, a, err = restOf(s, other, page); err != nil || a.Status != 200 {
			return a, err
		}
		add(out, page)
	}
	delete(out, "LastEvaluatedKey")
	if pages > 1 || total > 1 {
		delete(out, "ConsumedCapacity")
	}
	if items, ok := out["Items"].([]any); ok {
		slices.SortFunc(items, func(a, b any) int { return cmp.Compare(string(encode(a)), string(encode(b))) })
	}
	return first, nil
}

// restOf adds the pages that follow the first to it, and returns their number
// with the last answer.
func restOf(s Server, r Request, first Document) (pages int, a Answer, err error) {
	a.Status, pages = 200, 1
	for last := first["LastEvaluatedKey"]; last != nil; pages++ {
		in := clone(r.In).(Document)
		in["ExclusiveStartKey"] = last
		if a, err = s.Send(Request{Op: r.Op, In: in}); err != nil || a.Status != 200 {
			return pages, a, err
		}
		page := a.Out.(Document)
		last = page["LastEvaluatedKey"]
		add(first, page)
	}
	return pages, a, nil
}

// add adds a page to those before it.
func add(whole, page Document) {
	for _, member := range []string{"Count", "ScannedCount"} {
		sum, _ := whole[member].(float64)
		n, _ := page[member].(float64)
		whole[member] = sum + n
	}
	if items, ok := page["Items"].([]any); ok {
		list, _ := whole["Items"].([]any)
		whole["Items"] = append(list, items...)
	}
}
