package nvdupstream_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the run when a fetch leaves work behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
