package archive

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary starts itself in one of these roles, named by the variable.
const roleVariable = "ARCHIVE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "worker":
		worker(os.Args[1], os.Args[2])
	case "locker":
		locker(os.Args[1])
	default:
		goleak.VerifyTestMain(m)
	}
}

// memoryDir returns a temporary folder in memory where the system has such:
// syncing is quick there, so that tests are, and more happens before each kill.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "archive-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
