package costs

import (
	"strings"
	"time"
)

// parsePrefix accepts what log tools are known to put before a line: a log
// stream, a time, or both, as "sam logs" and "aws logs tail" print them.
// Anything else is output of the function that mentions a REPORT.
func (r *Report) parsePrefix(prefix string) bool {
	for word := range strings.FieldsSeq(prefix) {
		if isStream(word) && r.Stream == "" {
			r.Stream = word
			continue
		}
		at, ok := parseLogTime(word)
		if !ok || !r.Time.IsZero() {
			return false
		}
		r.Time = at
	}
	return true
}

// isStream recognises a stream of Lambda, "2023/06/02/[72]88ab219a…", also after
// the name of a function, "2023/06/02/gigs[72]88ab219a…".
func isStream(word string) bool {
	if len(word) < 13 || word[10] != '/' {
		return false
	}
	if _, ok := parseDate(word[:10], '/'); !ok {
		return false
	}
	open := strings.IndexByte(word, '[')
	return open > 0 && strings.IndexByte(word[open:], ']') > 0
}

// parseLogTime reads the times that Lambda and log tools print,
// 2006-01-02T15:04:05.999999999Z07:00; without a zone they are UTC. It is by hand
// because it is needed for most lines of a log with prefixes: package time needs
// several times as long, and an allocation to say that the zone is missing.
func parseLogTime(word string) (time.Time, bool) {
	if len(word) < 19 || word[10] != 'T' || word[13] != ':' || word[16] != ':' {
		return time.Time{}, false
	}
	date, ok := parseDate(word[:10], '-')
	hour, minute, second := twoDigits(word[11:]), twoDigits(word[14:]), twoDigits(word[17:])
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	nanoseconds, zone, ok := cutFraction(word[19:])
	offset, known := parseZone(zone)
	if !ok || !known {
		return time.Time{}, false
	}
	seconds := int64(hour*3600+minute*60+second) - offset
	return time.Unix(date+seconds, nanoseconds).UTC(), true
}

// parseDate reads 2006-01-02 with the given separator, as seconds since 1970.
func parseDate(s string, separator byte) (seconds int64, ok bool) {
	century, short, month, day := twoDigits(s), twoDigits(s[2:]), twoDigits(s[5:]), twoDigits(s[8:])
	if s[4] != separator || s[7] != separator || century > 99 || short > 99 || month < 1 || month > 12 {
		return 0, false
	}
	year := century*100 + short
	leap := 0
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		leap = 1
	}
	if day < 1 || day > monthDays[month-1] && (month != 2 || day > monthDays[1]+leap) {
		return 0, false
	}
	days := daysBefore(year) + yearDays[month-1] + day - 1
	if month > 2 {
		days += leap
	}
	return int64(days-daysBefore(1970)) * 24 * 60 * 60, true
}

// monthDays has the days of each month, and yearDays the days before it, of a year
// that is no leap year.
var (
	monthDays = [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	yearDays  = [12]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
)

// daysBefore is how many days there are from the beginning of year 0, a leap year,
// to that of another.
func daysBefore(year int) int {
	if year == 0 {
		return 0
	}
	past := year - 1
	return year*365 + past/4 - past/100 + past/400 + 1
}

// twoDigits reads two digits; 100 if they are none.
func twoDigits(s string) int {
	tens, ones := s[0]-'0', s[1]-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return int(tens)*10 + int(ones)
}

// cutFraction reads a dot and up to nine digits, if there is a dot.
func cutFraction(s string) (nanoseconds int64, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	i, unit := 1, int64(time.Second)
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9' && unit > 1; i++ {
		unit /= 10
		nanoseconds += int64(s[i]-'0') * unit
	}
	return nanoseconds, s[i:], i > 1
}

// parseZone reads Z, +01:00 or nothing, as seconds east of Greenwich.
func parseZone(s string) (offset int64, ok bool) {
	switch {
	case s == "" || s == "Z":
		return 0, true
	case len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':':
		return 0, false
	}
	hours, minutes := twoDigits(s[1:]), twoDigits(s[4:])
	offset = int64(hours*3600 + minutes*60)
	if s[0] == '-' {
		offset = -offset
	}
	return offset, hours < 24 && minutes < 60
}
