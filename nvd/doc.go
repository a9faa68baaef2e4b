// Package nvd asks the NVD, or any server that speaks its API 2.0 such as a
// vulnmirror, and shows its records through typed views that lose nothing.
//
// A [Client] keeps to the rate the NVD allows, tries again what may succeed
// later, and reads answers of any length page by page:
//
//	client, err := nvd.New(nvd.Options{APIKey: os.Getenv("NVD_API_KEY")})
//	...
//	recent := nvd.CVEQuery{Modified: nvd.Since(time.Now().AddDate(0, 0, -7))}
//	for cve, err := range client.CVEs(ctx, recent) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(cve.ID(), cve.Description())
//	}
//
// Windows of time may have any length; the client asks for 120 days at a time,
// which is the longest the NVD answers. [ReadFeed] reads the same records out of
// a feed file or a page saved to disk, without network.
//
// # Views
//
// [CVE], [CPE], [MatchCriteria], [Source] and [Change] are views over the JSON
// object the server sent. Raw gives that object back byte for byte, less white
// space between tokens. Methods read one member each when they are called and
// keep nothing, so a view costs little until it is asked, and is safe for
// concurrent use; a result that is needed twice is worth a variable. A member
// that is missing, or is not of the shape expected, reads as the zero value:
// Problems tells the two apart. The NVD adds members without notice. Unknown has
// those this package has never heard of, and Member gives any member as it came.
//
// A view encodes as JSON to its object and can be decoded from it, so it may be
// a field of a caller's own types. The zero value of a view is an empty record.
//
// # Failures
//
// An answer that refuses the request is an [*Error] with the server's reason.
// Other failures are those of package fetch, whose Explain gives one line of
// advice for either.
//
// The rules followed are those of the NVD's documentation of its API
// (https://nvd.nist.gov/developers) and of its JSON schemas of version 2.0.
//
// This product uses data from the NVD API but is not endorsed or certified by
// the NVD.
package nvd
