package lambdalog

// NewOutput is the default of Options.Next, for another writer and environment.
var NewOutput = newOutput
