package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// locker takes the lock of a tree, says so on standard output, and keeps it
// until standard input ends.
func locker(dir string) {
	_, release, err := Open(dir).Source("nvd-cve").Lock(context.Background(), 0)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	release()
}

// startLocker returns when another process holds the lock, and how to make it
// let go.
func startLocker(t *testing.T, dir string) (child *exec.Cmd, letGo func()) {
	t.Helper()
	child = exec.Command(os.Args[0], dir)
	child.Env = append(os.Environ(), roleVariable+"=locker")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "locked\n" {
		t.Fatalf("child says %q: %v", line, err)
	}
	return child, func() {
		in.Close()
		child.Wait()
	}
}

func TestLockAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	tree := Open(dir).Source("nvd-cve")
	child, letGo := startLocker(t, dir)
	_, _, err := tree.Lock(t.Context(), 0)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "process "+strconv.Itoa(child.Process.Pid)+" on ") {
		t.Errorf("locked by a child: %v", err)
	}
	if h, held := tree.Holder(); !held || h.PID != child.Process.Pid || h.Since.IsZero() {
		t.Errorf("holder: %v %v", h, held)
	}
	letGo()
	if h, held := tree.Holder(); held {
		t.Errorf("held by %v after its release", h)
	}
	_, release, err := tree.Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLockOfAKilledProcessIsFree(t *testing.T) {
	dir := t.TempDir()
	child, letGo := startLocker(t, dir)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	letGo()
	_, release, err := Open(dir).Source("nvd-cve").Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLockWithinAProcess(t *testing.T) {
	tree := newTree(t)
	ctx, release, err := tree.Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tree.Lock(t.Context(), 0); !errors.Is(err, ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if ctx.Err() != nil {
		t.Error("the context ended early")
	}
	release()
	release() // harmless
	if !errors.Is(context.Cause(ctx), errReleased) {
		t.Errorf("the context ended because of %v", context.Cause(ctx))
	}
	if h, held := Open(t.TempDir()).Source("never").Holder(); held {
		t.Errorf("held by %v", h)
	}
}

func TestLockWaits(t *testing.T) {
	tree := newTree(t)
	synctest.Test(t, func(t *testing.T) {
		_, release, err := tree.Lock(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, _, err := tree.Lock(t.Context(), 10*time.Minute); !errors.Is(err, ErrLocked) {
			t.Errorf("after the wait: %v", err)
		}
		if waited := time.Since(start); waited != 10*time.Minute {
			t.Errorf("waited %v", waited)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, _, err := tree.Lock(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the context: %v", err)
		}

		time.AfterFunc(time.Minute, release)
		start = time.Now()
		_, release2, err := tree.Lock(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		release2()
		if waited := time.Since(start); waited > time.Minute+lockPoll {
			t.Errorf("took %v to notice the release", waited)
		}
	})
}
