package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// run attempts the transfer until it succeeds, cannot succeed, or has used up
// its attempts or its time.
func (t *transfer) run(ctx context.Context) (Result, error) {
	c := t.client
	if err := checkURL(t.req.URL); err != nil {
		return Result{}, err
	}
	if err := t.resume(); err != nil {
		return Result{}, err
	}
	t.begun, t.trip = time.Now(), &trip{counters: c.counters}
	delays := &delays{transfer: t, exponential: &backoff.ExponentialBackOff{
		InitialInterval:     c.config.Backoff,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         c.config.MaxBackoff,
	}}
	result, err := backoff.Retry(ctx, func() (Result, error) {
		if t.attempts++; t.attempts > 1 {
			c.counters.retries.Add(1)
		}
		result, err := t.attempt(withTrip(ctx, t.trip))
		t.logAttempt(ctx, result, err)
		if err != nil && (ctx.Err() != nil || !transient(err)) {
			return result, backoff.Permanent(err)
		}
		delays.last = err
		return result, err
	},
		backoff.WithBackOff(delays),
		backoff.WithMaxTries(uint(c.config.Attempts)),
		backoff.WithMaxElapsedTime(0), // delays counts the time itself, without the waits for a turn
		backoff.WithNotify(func(err error, d time.Duration) { t.logRetry(ctx, err, d) }),
	)
	return result, t.final(ctx, err)
}

// final is the error the caller sees.
func (t *transfer) final(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	gaveUp := transient(err)
	if permanent, ok := errors.AsType[*backoff.PermanentError](err); ok {
		err = permanent.Unwrap()
	}
	if errors.Is(err, ErrNotModified) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		return t.client.secret.error(fmt.Errorf("GET %s: %w", t.req.URL, cause))
	}
	if bad, ok := errors.AsType[*badBody](err); ok {
		content := &ContentError{URL: t.req.URL, Reason: t.client.secret.error(bad.reason)}
		if bad.kept {
			content.Part = t.body.name()
		}
		err = content
	}
	err = t.client.secret.error(err)
	if gaveUp && t.attempts > 1 {
		return fmt.Errorf("%w (gave up after %d attempts in %s)", err, t.attempts, time.Since(t.begun).Round(time.Millisecond))
	}
	return err
}

// spent is the time that counts towards MaxElapsed.
func (t *transfer) spent() time.Duration {
	return time.Since(t.begun) - time.Duration(t.trip.queued.Load())
}

func (t *transfer) logAttempt(ctx context.Context, result Result, err error) {
	outcome := "done"
	if err != nil {
		outcome = err.Error()
	}
	t.client.config.Logger.DebugContext(ctx, "attempt",
		"url", t.client.secret.text(t.req.URL), "attempt", t.attempts, "status", result.Status,
		"outcome", t.client.secret.text(outcome), "bytes", t.body.size(),
		"elapsed", time.Since(t.begun), "waited", time.Duration(t.trip.queued.Load()))
}

func (t *transfer) logRetry(ctx context.Context, err error, d time.Duration) {
	t.client.counters.waited.Add(int64(d))
	t.client.config.Logger.WarnContext(ctx, "trying again",
		"url", t.client.secret.text(t.req.URL), "reason", t.client.secret.text(err.Error()),
		"attempt", t.attempts, "delay", d)
}

// delays says how long to wait after a failed attempt: exponentially longer,
// and at least what the server asked for.
type delays struct {
	transfer    *transfer
	exponential *backoff.ExponentialBackOff
	last        error
}

func (d *delays) Reset() { d.exponential.Reset() }

func (d *delays) NextBackOff() time.Duration {
	t := d.transfer
	wait := min(d.exponential.NextBackOff(), t.client.config.MaxBackoff)
	if refused, ok := errors.AsType[*StatusError](d.last); ok {
		asked, said := t.client.askedFor(refused)
		if said || refused.Status == http.StatusTooManyRequests {
			t.client.hosts.get(refused.host).limiter.hold(asked)
			wait = max(wait, asked)
		}
	}
	if t.spent()+wait > t.client.config.MaxElapsed {
		return backoff.Stop
	}
	return wait
}

// askedFor is the wait a refusal asks for by Retry-After, between floor and
// ceiling; without one it is the floor.
func (c *Client) askedFor(e *StatusError) (wait time.Duration, said bool) {
	wait, said = parseRetryAfter(e.retryAfter, e.date)
	ceiling := c.config.MaxBackoff
	return min(max(wait, c.config.RetryAfterFloor), ceiling), said
}
