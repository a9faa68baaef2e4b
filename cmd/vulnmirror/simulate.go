package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"vulnmirror/fetch"
	"vulnmirror/testkit/sim"
)

func newSimulateCommand(a *app) *cobra.Command {
	var listen, enforce, key string
	var o sim.Options
	var advance time.Duration
	var changes int
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve simulated upstreams with invented records",
		Long: `Simulate answers as NVD's APIs and feed site do, with invented records, and the
CPE dictionary, sources and change history that belong to them, and as everybody
else does whose data is mirrored: MITRE, CERT/CC, CERT-FR, Microsoft, CISA and
FIRST, with a few records each that lead to each other. All follows from the seed;
failures come when asked for. It is what --upstream can point at without touching
anybody. At its end it prints what it saw: requests, failures injected, and the
most requests to NVD in any 30 seconds.

There are fewer records than upstream ever had, which only source.floors=false
lets in, but for those of NVD.`,
		Example: `  vulnmirror simulate --listen 127.0.0.1:8081 --records 5000 --faults 0.3
  vulnmirror sync --upstream http://127.0.0.1:8081 --data /tmp/mirror
  vulnmirror sync all --upstream http://127.0.0.1:8081 --data /tmp/mirror --set source.floors=false`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Faults < 0 || o.Faults > 1 {
				return wrongUse(fmt.Errorf("--faults %v: it is a share, 0 to 1", o.Faults), "")
			}
			if o.Records < 0 {
				return wrongUse(fmt.Errorf("--records %d: it is 0 or more", o.Records), "")
			}
			if enforce != "" {
				rate, err := fetch.ParseRate(enforce)
				if err != nil {
					return wrongUse(fmt.Errorf("--rate: %w", err), "")
				}
				o.Rate = sim.Rate{Requests: rate.Requests, Window: rate.Window}
			}
			o.Key, o.Now = key, a.now()
			s := newSimulated(o)
			return a.simulate(cmd.Context(), listen, s, func() { s.pass(advance, changes) }, advance)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:8081", "`ADDRESS` to listen on")
	flags.IntVar(&o.Records, "records", 5000, "how many records; 5,000 need up to 200 MB, 50,000 up to 1.1 GB")
	flags.Uint64Var(&o.Seed, "seed", 1, "same `NUMBER`, same records and failures")
	flags.Float64Var(&o.Faults, "faults", 0, "`SHARE` of answers that misbehave, 0 to 1")
	flags.DurationVar(&o.StallFor, "stall", 5*time.Second, "longest a stalled answer hangs")
	flags.StringVar(&enforce, "rate", "", "refuse API requests beyond this `RATE`, e.g. 5/30s; empty: measure only")
	flags.StringVar(&key, "key", "", "the one valid API `KEY`; empty: any is accepted")
	flags.DurationVar(&advance, "advance", 0, "let this much time pass every time it passes, and records change")
	flags.IntVar(&changes, "changes", 20, "records changed each time time passes")
	return cmd
}

// simulate serves s until ctx ends and prints its report.
func (a *app) simulate(ctx context.Context, listen string, s *simulated, pass func(), every time.Duration) error {
	server, err := startSimulation(ctx, listen, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "simulating upstream on http://%s\n", server.Addr)
	var ticks <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for ctx.Err() == nil {
		select {
		case <-ticks:
			pass()
		case <-ctx.Done():
		}
	}
	return errors.Join(server.Close(), a.printJSON(s.report()))
}

// startSimulation serves s; Addr of the result is the address it has.
func startSimulation(ctx context.Context, listen string, s *simulated) (*http.Server, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, failed(fmt.Errorf("listen: %w", err), "another program has this address; --listen takes another")
	}
	server := &http.Server{Addr: ln.Addr().String(), Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(ln) }() // ends with Close, which is the only end it has
	return server, nil
}
