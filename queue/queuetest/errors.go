package queuetest

import (
	"fmt"
	"net/http"
)

// legacy is the prefix of many of SQS's codes in its former protocol, which the
// SDKs still show as the error's code.
const legacy = "AWS.SimpleQueueService."

func errNoQueue() *Error {
	return &Error{Code: "QueueDoesNotExist", QueryCode: legacy + "NonExistentQueue", Message: "The specified queue does not exist."}
}

// refuse returns an error whose former code is its code with the legacy prefix.
func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, QueryCode: legacy + code, Message: fmt.Sprintf(format, args...)}
}

func errValue(format string, args ...any) *Error {
	return &Error{Code: "InvalidParameterValueException", QueryCode: "InvalidParameterValue", Message: fmt.Sprintf(format, args...)}
}

func errMissing(parameter string) *Error {
	return &Error{
		Code: "MissingParameterException", QueryCode: "MissingParameter",
		Message: "The request must contain the parameter " + parameter + ".",
	}
}

func errAttribute(name, format string, args ...any) *Error {
	return &Error{Code: "InvalidAttributeValue", Message: "Invalid value for the parameter " + name + ". Reason: " + fmt.Sprintf(format, args...)}
}

func errHandle(handle string) *Error {
	return &Error{Code: "ReceiptHandleIsInvalid", Status: http.StatusNotFound, Message: fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", handle)}
}

// errorType returns the "__type" of an error: what every AWS service may answer
// comes from another name space than SQS's own errors.
func errorType(code string) string {
	switch code {
	case "InvalidParameterValueException", "MissingParameterException":
		return "com.amazon.coral.service#" + code
	}
	return "com.amazonaws.sqs#" + code
}
