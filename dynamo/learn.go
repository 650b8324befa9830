package dynamo

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// learn reads the tags of c's type and the templates of o.
func (c *core) learn(o *Options) error {
	fields, err := fieldsOf(c.typ)
	if err != nil {
		return err
	}
	find := func(name string) *field {
		for _, f := range fields {
			if f.name == name && f.holder != nil {
				return f
			}
		}
		return nil
	}
	table := Index{Partition: o.Partition, Sort: o.Sort, PartitionName: o.PartitionName, SortName: o.SortName}
	l := learner{fields: fields, find: find}
	if c.key, err = l.keySet(table, "pk", "sk"); err != nil {
		return err
	}
	l.table = c.key
	for _, index := range l.indexes(o.Indexes) {
		set, err := l.keySet(index, index.Name+"pk", index.Name+"sk")
		if err != nil {
			return err
		}
		c.indexes = append(c.indexes, set)
	}
	if c.version, err = l.one(role{name: roleVersion}); err != nil {
		return err
	}
	if c.ttl, err = l.one(role{name: roleTTL}); err != nil {
		return err
	}
	return errors.Join(checkVersion(c.version), checkTTL(c.ttl))
}

// A learner turns fields and templates into keys.
type learner struct {
	fields []*field
	find   func(name string) *field
	table  *keySet // nil while the table's own key is read
}

// one returns the field with role r, nil when no field has it.
func (l *learner) one(r role) (*field, error) {
	var found *field
	for _, f := range l.fields {
		for _, have := range f.roles {
			if have != r {
				continue
			}
			if found != nil {
				return nil, fmt.Errorf("field %s: field %s is tagged %s already", f.goName, found.goName, r)
			}
			found = f
		}
	}
	return found, nil
}

func (r role) String() string {
	if r.index == "" {
		return r.name
	}
	return r.index + ":" + r.name
}

// indexes returns the described indexes and then those that only tags name.
func (l *learner) indexes(described []Index) []Index {
	all := append([]Index(nil), described...)
	known := map[string]bool{"": true}
	for _, index := range all {
		known[index.Name] = true
	}
	for _, f := range l.fields {
		for _, r := range f.roles {
			if !known[r.index] {
				known[r.index] = true
				all = append(all, Index{Name: r.index})
			}
		}
	}
	return all
}

// keySet reads one key; partitionName and sortName are the defaults.
func (l *learner) keySet(index Index, partitionName, sortName string) (*keySet, error) {
	if index.PartitionName != "" {
		partitionName = index.PartitionName
	}
	if index.SortName != "" {
		sortName = index.SortName
	}
	k := &keySet{index: index.Name, local: index.Local}
	partition, err := l.part(role{index.Name, rolePartition}, index.Partition, partitionName, maxPartitionBytes)
	if err != nil {
		return nil, err
	}
	if index.Local {
		if partition != nil {
			return nil, fmt.Errorf("index %s: a local index has the table's partition key", index.Name)
		}
		partition = &l.table.partition
	}
	if partition == nil {
		return nil, l.noPartition(index.Name)
	}
	k.partition = *partition
	if k.sort, err = l.part(role{index.Name, roleSort}, index.Sort, sortName, maxSortBytes); err != nil {
		return nil, err
	}
	if index.Local && k.sort == nil {
		return nil, fmt.Errorf("index %s: a local index needs a sort key: a template, or a field tagged %s:sort", index.Name, index.Name)
	}
	for _, part := range k.parts() {
		for _, f := range part.fields() {
			k.fields = appendOnce(k.fields, f)
		}
	}
	return k, nil
}

func (l *learner) noPartition(index string) error {
	if index == "" {
		return errors.New(`no partition key: tag a field dynamo:"partition", or give a template in Options.Partition`)
	}
	return fmt.Errorf("index %s: no partition key: tag a field dynamo:%q, or give a template", index, index+":"+rolePartition)
}

// part returns the part of a key that r names, nil when nothing names it.
func (l *learner) part(r role, source, name string, limit int) (*keyPart, error) {
	f, err := l.one(r)
	switch {
	case err != nil:
		return nil, err
	case f != nil && source != "":
		return nil, fmt.Errorf("field %s: it is tagged %s, but template %q makes that key", f.goName, r, source)
	case f != nil && f.scalar == "":
		return nil, fmt.Errorf("field %s: %s cannot be a key: want a string, a number, []byte or a time", f.goName, f.typ)
	case f != nil:
		return &keyPart{name: f.name, field: f, limit: limit}, nil
	case source == "":
		return nil, nil
	}
	if twin := l.find(name); twin != nil {
		return nil, fmt.Errorf("field %s: its attribute %q is the one that template %q fills", twin.goName, name, source)
	}
	t, err := parseTemplate(source, l.find)
	if err != nil {
		return nil, err
	}
	return &keyPart{name: name, template: t, limit: limit}, nil
}

func checkVersion(f *field) error {
	if f == nil {
		return nil
	}
	v := reflect.New(f.typ).Elem()
	switch {
	case !v.CanInt() && !v.CanUint():
		return fmt.Errorf("field %s: a version must be an integer, not %s", f.goName, f.typ)
	case f.scalar != types.ScalarAttributeTypeN:
		return fmt.Errorf("field %s: a version must be stored as a number", f.goName)
	}
	return nil
}

func checkTTL(f *field) error {
	if f == nil || f.scalar == types.ScalarAttributeTypeN && f.typ.Kind() != reflect.Float32 && f.typ.Kind() != reflect.Float64 {
		return nil
	}
	return fmt.Errorf("field %s: a time to live must be a time.Time with ,unixtime or an integer of seconds: DynamoDB ignores anything but numbers", f.goName)
}

// wholeSeconds parses a number of seconds, the fraction dropped.
func wholeSeconds(n string) (int64, bool) {
	if s, err := strconv.ParseInt(n, 10, 64); err == nil {
		return s, true
	}
	f, err := strconv.ParseFloat(n, 64)
	if err != nil || math.Abs(f) > 1<<60 {
		return 0, false
	}
	return int64(f), true
}
