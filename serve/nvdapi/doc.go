// Package nvdapi answers NVD's five APIs 2.0 from a store, so that programs
// written for https://services.nvd.nist.gov/rest/json/{cves,cvehistory,cpes,
// cpematch,source}/2.0 work unchanged when pointed here. Records leave byte for
// byte as NVD published them; only the wrapper around them is ours. Records that
// were withdrawn, or converted from an older format, are not among them.
//
// Where NVD's behaviour is documented or was captured, this is the same: the
// order of the wrapper's members, times in UTC with three digits and no zone,
// refusals as 404 with an empty body and the reason in a lower-case `message`
// header, a page past the end as an empty 200. Where it is not known:
//
//   - Intervals include both ends, and may be 120 days long to the millisecond.
//   - The order is by publication or creation, then by identifier.
//   - resultsPerPage=0 and negative numbers are refused: a client that pages by
//     the size it got back would never end.
//   - A flag is set by its name alone, by an empty value, true or 1; false and 0
//     leave it unset; anything else is refused.
//   - A parameter given twice must have the same value both times.
//   - Unknown parameters are refused, since ignoring a filter gives wrong data;
//     Options.Lenient ignores them.
//   - Every component of a CVSS vector must occur literally in one score's
//     vector; X is not taken to match a component left out.
//   - The catalogue dates of kevStartDate and kevEndDate count from midnight UTC.
//   - cpeName and virtualMatchString match as package match does; a cpeName cut
//     short is open where it ends. isVulnerable asks that the matching criterion
//     be marked as vulnerable.
//   - matchCriteriaId of the CPE API gives the names that the criterion's record
//     lists; a criterion that is not held gives none.
//   - lastModStartDate of the match criteria API goes by the later of
//     lastModified and cpeLastModified.
//   - A page past the end states the true total in every API. Of NVD's change
//     history it was said that it states 0.
//   - eventName is compared ignoring case; "CVE Received" is "New CVE Received".
//
// Without an upstream history of changes, the changes of one CVE are derived
// from the versions of its record that were seen; the header
// X-Vulnmirror-Derived then says "versions".
package nvdapi
