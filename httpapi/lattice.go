package httpapi

// A LatticeV1Event is what VPC Lattice sends with event structure version V1.
// Header values of the same name are joined by commas.
// https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
type LatticeV1Event struct {
	RawPath               string            `json:"raw_path"`
	Method                string            `json:"method"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"query_string_parameters"`
	Body                  string            `json:"body"`
	IsBase64Encoded       bool              `json:"is_base64_encoded"`
}

// A LatticeV2Event is what VPC Lattice sends with event structure version V2.
type LatticeV2Event struct {
	Version               string                `json:"version"`
	Path                  string                `json:"path"`
	Method                string                `json:"method"`
	Headers               map[string][]string   `json:"headers"`
	QueryStringParameters map[string][]string   `json:"queryStringParameters"`
	Body                  string                `json:"body"`
	IsBase64Encoded       bool                  `json:"isBase64Encoded"`
	RequestContext        LatticeRequestContext `json:"requestContext"`
}

// A LatticeRequestContext says which service of VPC Lattice was called.
type LatticeRequestContext struct {
	ServiceNetworkARN string          `json:"serviceNetworkArn"`
	ServiceARN        string          `json:"serviceArn"`
	TargetGroupARN    string          `json:"targetGroupArn"`
	Region            string          `json:"region"`
	Identity          LatticeIdentity `json:"identity"`
	// TimeEpoch is when the request arrived, in microseconds since 1970.
	TimeEpoch string `json:"timeEpoch"`
}

// A LatticeIdentity says who called a service of VPC Lattice. Principal and the
// fields beside it are there for requests that were signed, the X.509 fields for
// those of IAM Roles Anywhere.
type LatticeIdentity struct {
	SourceVPCARN   string `json:"sourceVpcArn"`
	Type           string `json:"type"`
	Principal      string `json:"principal"`
	PrincipalOrgID string `json:"principalOrgID"`
	SessionName    string `json:"sessionName"`
	X509SubjectCN  string `json:"x509SubjectCn"`
	X509IssuerOU   string `json:"x509IssuerOu"`
	X509SANDNS     string `json:"x509SanDns"`
	X509SANURI     string `json:"x509SanUri"`
	X509SANNameCN  string `json:"x509SanNameCn"`
}
