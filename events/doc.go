// Package events publishes to EventBridge without losing events, and routes
// what EventBridge delivers.
package events
