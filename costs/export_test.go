package costs

// ParseLogTime is tested against package time.
var ParseLogTime = parseLogTime
