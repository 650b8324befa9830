package dynamo

// What the external tests see of the inside.
var (
	SameItem   = sameItem
	SameNumber = sameNumber
	ItemSize   = itemSize
	AnswerLost = answerLost
)
