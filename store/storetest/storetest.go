// Package storetest is the contract of package store as tests. Every store runs
// the same suite:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { … })
//	}
//
// and, besides, RunShared for two stores on one database, Kill for a writer that
// dies, Load for many records, and Migrated for databases of earlier schemas.
//
// What a query should find is worked out by a plain loop over the records
// (oracle.go), so a store is compared with the meaning of store.Query and not
// with another store's habits.
package storetest

import (
	"context"
	"testing"

	"vulnmirror/store"
)

// T is what a check needs of testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Option changes what the suite does.
type Option func(*trial)

// Small keeps every check to about a hundred records, for servers that are slow.
func Small(t *trial) { t.small = true }

// trial is one run of a check.
type trial struct {
	T
	small bool
}

func newTrial(t T, options []Option) trial {
	try := trial{T: t}
	for _, o := range options {
		o(&try)
	}
	return try
}

// size is how much of something a check uses: many, or few for a small trial and
// under the race detector, which finds as much in little.
func (t trial) size(many, few int) int {
	if raceEnabled {
		return few
	}
	return t.plenty(many, few)
}

// plenty is size where many is more than stores read at once.
func (t trial) plenty(many, few int) int {
	if t.small {
		return few
	}
	return many
}

// Run carries out every check, each on an empty store of its own. open returns
// an empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store, options ...Option) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			defer closeStore(t, s)
			c.run(newTrial(t, options), s)
		})
	}
	t.Run("Closed", func(t *testing.T) {
		checkClosed(newTrial(t, options), open(t))
	})
}

// RunShared carries out the checks of two stores on one database, as two
// processes have. open returns two on a database that is empty; the suite closes
// them.
func RunShared(t *testing.T, open func(t *testing.T) (a, b store.Store), options ...Option) {
	for _, c := range sharedChecks {
		t.Run(c.name, func(t *testing.T) {
			a, b := open(t)
			defer closeStore(t, a)
			defer closeStore(t, b)
			c.run(newTrial(t, options), a, b)
		})
	}
}

func closeStore(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

type check struct {
	name string
	run  func(t trial, s store.Store)
}

type sharedCheck struct {
	name string
	run  func(t trial, a, b store.Store)
}

// checks is the suite for one store.
var checks = []check{
	{"Empty", checkEmpty},
	{"Envelope", checkEnvelope},
	{"Bodies", checkBodies},
	{"NewestWins", checkNewestWins},
	{"EqualModified", checkEqualModified},
	{"OneBatchInOrder", checkOneBatchInOrder},
	{"FactsReplaced", checkFactsReplaced},
	{"History", checkHistory},
	{"FailedBatch", checkFailedBatch},
	{"Ingested", checkIngested},
	{"Sources", checkSources},
	{"Filters", checkFilters},
	{"FilterPairs", checkFilterPairs},
	{"ManyIDs", checkManyIDs},
	{"Orders", checkOrders},
	{"OddOrder", checkOddOrder},
	{"Pages", checkPages},
	{"Words", checkWords},
	{"NastyWords", checkNastyWords},
	{"Phrases", checkPhrases},
	{"Digest", checkDigest},
	{"Changes", checkChanges},
	{"Snapshot", checkSnapshot},
	{"SnapshotOfAll", checkSnapshotOfAll},
	{"ListWhileWriting", checkListWhileWriting},
	{"Cancelled", checkCancelled},
	{"Bulk", checkBulk},
	{"Prepared", checkPrepared},
	{"Concurrent", checkConcurrent},
	{"ConcurrentVersions", checkConcurrentVersions},
	{"Entries", checkEntries},
	{"EntryVersions", checkEntryVersions},
	{"EntryBulk", checkEntryBulk},
	{"Converted", checkConverted},
	{"Copies", checkCopies},
	{"Withdraw", checkWithdraw},
	{"WithdrawnUse", checkWithdrawnUse},
	{"FailedWithdraw", checkFailedWithdraw},
	{"Applicability", checkApplicability},
	{"Listed", checkListed},
	{"Renewal", checkRenewal},
	{"RenewalDropped", checkRenewalDropped},
	{"RenewalSnapshot", checkRenewalSnapshot},
	{"Lease", checkLease},
	{"LeaseEnds", checkLeaseEnds},
	{"Size", checkSize},
	{"Ask", checkAsk},
	{"Prose", checkProse},
	{"ProseScores", checkProseScores},
	{"ProsePhrases", checkProsePhrases},
	{"Titles", checkTitles},
	{"Links", checkLinks},
	{"LinkVersions", checkLinkVersions},
	{"LinkSnapshot", checkLinkSnapshot},
	{"Backwards", checkBackwards},
	{"Forgetting", checkForgetting},
}

// sharedChecks is the suite for two stores on one database.
var sharedChecks = []sharedCheck{
	{"Seen", checkSeenElsewhere},
	{"ConcurrentVersions", checkSharedVersions},
	{"Snapshot", checkSharedSnapshot},
	{"Renewal", checkSharedRenewal},
	{"Lease", checkSharedLease},
}
