package certfr

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"vulnmirror/archive"
)

// comeback names the files of documents that the index has again after it had
// them not. Their content may be what it was; a store still has to hear of it.
type comeback struct {
	Run   string   `json:"run"`
	Files []string `json:"files"` // archive.File.Filename
}

// returned writes down which documents came back.
func (p *pass) returned() error {
	for _, section := range sections {
		var changes again
		if _, err := p.Run.Noted("again/"+section, &changes); err != nil {
			return err
		}
		back := comeback{Run: p.Run.ID()}
		for _, id := range changes.Returned {
			if f, ok := p.Run.Current(documentPath(section, id)); ok {
				back.Files = append(back.Files, f.Filename)
			}
		}
		if len(back.Files) == 0 {
			continue
		}
		if _, err := p.Write("returned/"+section+".json", p.Up.At(location(section)), p.made[section], back); err != nil {
			return err
		}
	}
	return nil
}

func readComeback(tree fs.FS, filename string) (comeback, error) {
	var back comeback
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return back, fmt.Errorf("%s: %w", filename, err)
	}
	defer content.Close()
	if err := json.NewDecoder(content).Decode(&back); err != nil {
		return back, fmt.Errorf("%s: %w", filename, err)
	}
	return back, nil
}
