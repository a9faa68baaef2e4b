package publishers

const (
	hostCERTCC = "kb.cert.org"
	noSuchNote = `{"error":"Content requested either does not exist or you do not have permissions to view it!"}`
)
