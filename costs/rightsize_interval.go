package costs

import "math"

// spread is the variance of a logarithm in two parts: that of the samples is known
// well and that between runs is a guess from a few.
type spread struct{ sampling, runs float64 }

func (v spread) plus(w spread) spread {
	return spread{sampling: v.sampling + w.sampling, runs: v.runs + w.runs}
}

// half is half the width of the 95 % interval. It uses Student's distribution with
// the degrees of freedom that Welch and Satterthwaite give to a sum of variances;
// those of the samples are so many that they count as known.
func (v spread) half(runFreedom float64) float64 {
	total := v.sampling + v.runs
	if total == 0 {
		return 0
	}
	guessed := v.runs / total
	return student(runFreedom/(guessed*guessed)) * math.Sqrt(total)
}

// student is the 97.5 % quantile of Student's distribution: that of the normal one
// and the first terms of its expansion in 1/freedom, which are right to two
// decimals from four degrees of freedom on.
// See Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
func student(freedom float64) float64 {
	const (
		z  = 1.959963985
		z3 = z * z * z
		z5 = z3 * z * z
		z7 = z5 * z * z
		g1 = (z3 + z) / 4
		g2 = (5*z5 + 16*z3 + 3*z) / 96
		g3 = (3*z7 + 19*z5 + 17*z3 - 15*z) / 384
	)
	r := 1 / freedom
	return z + r*(g1+r*(g2+r*g3))
}
