//! The table of [`FAMILIES`]: forms of natural laws whose constants are hard to find, with the ranges that constants and
//! variables are drawn from.

/// A form, and the problems that are drawn from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// The form, with constants `c0`, `c1`, ...
    pub form: &'static str,
    /// Lowest and highest value of each constant, `c0` first. Above 0 and over a factor of 20 apart, magnitudes are drawn
    /// evenly, else values.
    pub constants: &'static [(f64, f64)],
    /// Name, lowest and highest value of each variable.
    pub variables: &'static [(&'static str, f64, f64)],
}

macro_rules! families {
    ($($name:literal $form:literal [$($low:literal $high:literal),*] $($variable:literal $from:literal $to:literal),+;)*) => {
        /// Families of landscapes with many local minima, narrow valleys or long bent ones.
        pub const FAMILIES: &[Family] = &[$(Family {
            name: $name,
            form: $form,
            constants: &[$(($low, $high)),*],
            variables: &[$(($variable, $from, $to)),+],
        }),*];
    };
}

families! {
    // Diffraction, resonance, interference.
    "sinc2" "c0*(sin(c1*(x - c2))/(c1*(x - c2)))**2 + c3" [1.0 8.0, 2.0 15.0, -2.5 2.5, -1.0 1.0] "x" -5.0 5.0;
    "sinc" "c0*sinc(c1*(x - c2)) + c3" [1.0 5.0, 2.0 12.0, -2.5 2.5, -1.0 1.0] "x" -5.0 5.0;
    "double slit" "c0*sinc(c1*x)**2*cos(c2*x + c3)**2 + c4" [1.0 5.0, 0.4 1.5, 3.0 9.0, -0.5 0.5, 0.0 1.0] "x" -5.0 5.0;
    "phase matching" "c0*z**2*sinc(c1*(x - c2)*z)**2" [0.5 2.0, 0.8 4.0, -1.0 1.0] "x" -3.0 3.0, "z" 1.0 5.0;
    "fabry-perot" "c0/(1 + c1*sin(c2*x + c3)**2) + c4" [1.0 4.0, 3.0 30.0, 1.0 7.0, 0.0 3.0, -1.0 1.0] "x" 0.0 6.0;
    "fano" "c0*(c1 + (x - c2)/c3)**2/(1 + ((x - c2)/c3)**2) + c4"
        [0.5 3.0, -3.0 3.0, 3.0 8.0, 0.2 1.2, -1.0 1.0] "x" 0.0 10.0;
    "breit-wigner" "c0/((x**2 - c1**2)**2 + (c2*x)**2) + c3" [10.0 80.0, 3.0 8.0, 0.2 1.5, 0.0 0.5] "x" 0.5 10.0;
    "resonant circuit" "c0/sqrt(1 + (c1*(x/c2 - c2/x))**2)" [1.0 5.0, 3.0 40.0, 2.0 8.0] "x" 0.5 10.0;
    "rabi" "c0*c1**2/(c1**2 + (x - c2)**2)*sin(c3*sqrt(c1**2 + (x - c2)**2))**2"
        [0.5 2.0, 0.5 2.0, -2.0 2.0, 1.0 4.0] "x" -6.0 6.0;
    "fringes in an envelope" "c0 + c1*exp(-((x - c2)/c3)**2)*cos(c4*x + c5)"
        [1.0 4.0, 0.5 2.0, -2.0 2.0, 0.8 2.5, 6.0 20.0, 0.0 6.0] "x" -5.0 5.0;
    "wavelet" "c0*cos(c1*(x - c2))*exp(-((x - c2)/c3)**2) + c4"
        [1.0 4.0, 5.0 20.0, -2.0 2.0, 0.6 2.0, -1.0 1.0] "x" -5.0 5.0;
    "sellmeier" "1 + c0*x**2/(x**2 - c1) + c2*x**2/(x**2 - c3)" [0.5 1.5, 0.005 0.04, 0.5 1.5, 40.0 150.0] "x" 0.4 2.5;
    // Several tones.
    "two tones" "c0*sin(c1*x + c2) + c3*sin(c4*x + c5)" [0.5 3.0, 0.5 6.0, 0.0 6.0, 0.2 2.0, 7.0 20.0, 0.0 6.0] "x" 0.0 20.0;
    "beats" "c0*sin(c1*x + c2) + c3*sin(c4*x + c5) + c6"
        [0.5 3.0, 5.0 5.6, 0.0 6.0, 0.5 2.0, 5.8 6.4, 0.0 6.0, -1.0 1.0] "x" 0.0 20.0;
    "three tones" "c0*sin(c1*x + c2) + c3*sin(c4*x + c5) + c6*sin(c7*x + c8)"
        [0.5 3.0, 0.5 4.0, 0.0 6.0, 0.5 2.0, 5.0 9.0, 0.0 6.0, 0.3 1.0, 10.0 16.0, 0.0 6.0] "x" 0.0 12.0;
    "tone on a curve" "c0*sin(c1*x + c2) + c3 + c4*x + c5*x**2" [0.3 1.0, 3.0 20.0, 0.0 6.0, -2.0 2.0, -1.0 1.0, -0.3 0.3] "x" 0.0 10.0;
    "amplitude modulation" "(c0 + c1*cos(c2*x + c3))*cos(c4*x + c5)"
        [1.0 2.0, 0.5 1.0, 0.5 1.5, 0.0 6.0, 6.0 25.0, 0.0 6.0] "x" 0.0 15.0;
    "frequency modulation" "c0*sin(c1*x + c2*sin(c3*x) + c4)" [0.5 3.0, 4.0 12.0, 0.5 3.0, 0.5 1.5, 0.0 6.0] "x" 0.0 12.0;
    "product of waves" "c0*sin(c1*x + c2)*cos(c3*x + c4) + c5" [0.5 3.0, 0.5 3.0, 0.0 3.0, 4.0 12.0, 0.0 3.0, -1.0 1.0] "x" 0.0 10.0;
    "sine of a sine" "c0*sin(c1*sin(c2*x + c3) + c4)" [0.5 3.0, 1.0 3.0, 1.0 5.0, 0.0 3.0, 0.0 1.5] "x" 0.0 8.0;
    "exponential of a sine" "c0*exp(c1*sin(c2*x + c3)) + c4" [0.5 2.0, 0.5 2.5, 1.0 8.0, 0.0 6.0, -1.0 1.0] "x" 0.0 10.0;
    "logarithm of a sine" "log(c0 + c1*sin(c2*x + c3)) + c4*x" [2.2 4.0, 1.0 2.0, 1.0 9.0, 0.0 6.0, -0.3 0.3] "x" 0.0 10.0;
    "square wave" "c0*tanh(c1*sin(c2*x + c3)) + c4" [0.5 3.0, 1.0 6.0, 1.0 6.0, 0.0 6.0, -1.0 1.0] "x" 0.0 10.0;
    "saw tooth" "c0*atan(tan(c1*x + c2)) + c3*x" [0.5 2.0, 0.6 3.0, -1.0 1.0, -0.3 0.3] "x" 0.0 10.0;
    "smooth saw tooth" "c0*atan(sin(c1*x + c2)/(c3 + cos(c1*x + c2))) + c4"
        [1.0 3.0, 1.0 7.0, 0.0 6.0, 1.1 1.8, -1.0 1.0] "x" 0.0 10.0;
    // Frequencies that change.
    "linear chirp" "c0*cos(c1*x + c2*x**2 + c3) + c4" [0.5 3.0, 1.0 6.0, 0.4 2.5, 0.0 6.0, -1.0 1.0] "x" 0.0 6.0;
    "exponential chirp" "c0*sin(c1*exp(c2*x) + c3)" [0.5 3.0, 1.0 4.0, 0.2 0.5, 0.0 6.0] "x" 0.0 6.0;
    "inverse chirp" "c0*sin(c1/(x + c2) + c3) + c4" [0.5 3.0, 5.0 20.0, 0.2 0.8, 0.0 6.0, -1.0 1.0] "x" 0.1 5.0;
    "power chirp" "c0*sin(c1*x**c2 + c3)" [0.5 3.0, 1.0 3.0, 1.2 2.2, 0.0 6.0] "x" 0.0 6.0;
    "sine of a logarithm" "c0*sin(c1*log(x) + c2) + c3" [0.5 3.0, 2.0 10.0, 0.0 6.0, -1.0 1.0] "x" 0.1 20.0;
    "log-periodic" "c0 + c1*(c2 - x)**c3*(1 + c4*cos(c5*log(c2 - x) + c6))"
        [5.0 8.0, -2.0 -0.5, 10.2 11.5, 0.3 0.8, 0.05 0.3, 4.0 12.0, 0.0 6.0] "x" 0.0 10.0;
    "frequency by another variable" "c0*sin((c1 + c2*z)*x + c3)" [0.5 3.0, 1.0 4.0, 0.5 2.0, 0.0 6.0] "x" 0.0 6.0, "z" 0.0 3.0;
    // Oscillations that fade.
    "damped" "c0*exp(-c1*x)*cos(c2*x + c3) + c4 + c5*x" [1.0 4.0, 0.1 0.7, 3.0 16.0, 0.0 6.0, -1.0 1.0, -0.2 0.2] "x" 0.0 10.0;
    "driven" "c0*exp(-c1*x)*cos(c2*x + c3) + c4*sin(c5*x + c6)"
        [1.0 4.0, 0.1 0.5, 4.0 12.0, 0.0 6.0, 0.5 1.0, 1.0 3.0, 0.0 6.0] "x" 0.0 12.0;
    "damped square of a sine" "c0*sin(c1*x)**2*exp(-c2*x) + c3" [1.0 4.0, 1.0 8.0, 0.1 0.6, -1.0 1.0] "x" 0.0 10.0;
    "bessel-like" "c0*cos(c1*x + c2)/sqrt(x + c3) + c4" [1.0 4.0, 2.0 12.0, 0.0 6.0, 0.1 2.0, -0.5 0.5] "x" 0.0 12.0;
    "decay over a pole" "c0*exp(-c1*x)*sin(c2*x + c3)/(c4 + x**2)" [5.0 30.0, 0.1 0.4, 5.0 12.0, 0.0 3.0, 1.0 5.0] "x" 0.0 10.0;
    "logistic with ripple" "c0/(1 + exp(-c1*(x - c2)))*(1 + c3*sin(c4*x + c5))"
        [2.0 5.0, 1.0 5.0, -1.0 1.0, 0.1 0.4, 5.0 15.0, 0.0 6.0] "x" -5.0 5.0;
    // Peaks.
    "two gaussians on a slope" "c0*exp(-((x - c1)/c2)**2) + c3*exp(-((x - c4)/c5)**2) + c6 + c7*x"
        [1.0 5.0, 2.0 4.5, 0.3 1.0, 1.0 5.0, 5.5 8.5, 0.3 1.2, -1.0 1.0, -0.3 0.3] "x" 0.0 10.0;
    "three gaussians" "c0*exp(-((x - c1)/c2)**2) + c3*exp(-((x - c4)/c5)**2) + c6*exp(-((x - c7)/c8)**2) + c9"
        [1.0 5.0, 1.0 3.0, 0.3 0.9, 1.0 5.0, 4.0 6.0, 0.3 0.9, 1.0 5.0, 7.0 9.0, 0.3 0.9, -1.0 1.0] "x" 0.0 10.0;
    "two lorentzians" "c0/(1 + ((x - c1)/c2)**2) + c3/(1 + ((x - c4)/c5)**2) + c6 + c7*x"
        [1.0 5.0, 2.0 4.5, 0.15 0.6, 1.0 5.0, 5.5 8.5, 0.15 0.6, -1.0 1.0, -0.3 0.3] "x" 0.0 10.0;
    "two solitons" "c0/cosh((x - c1)/c2)**2 + c3/cosh((x - c4)/c5)**2 + c6"
        [1.0 5.0, 2.0 4.5, 0.3 1.0, 1.0 5.0, 5.5 8.5, 0.3 1.0, -1.0 1.0] "x" 0.0 10.0;
    "pseudo-voigt" "c0*(c1/(1 + ((x - c2)/c3)**2) + (1 - c1)*exp(-0.6931*((x - c2)/c3)**2)) + c4 + c5*x"
        [1.0 5.0, 0.2 0.8, 2.0 8.0, 0.3 1.5, -1.0 1.0, -0.3 0.3] "x" 0.0 10.0;
    "moffat" "c0/(1 + ((x - c1)/c2)**2)**c3 + c4" [1.0 5.0, 2.0 8.0, 0.4 2.0, 1.0 4.0, -1.0 1.0] "x" 0.0 10.0;
    "skewed peak" "c0*exp(-((x - c1)/c2)**2)*(1 + tanh(c3*(x - c1))) + c4"
        [1.0 5.0, 2.0 8.0, 0.5 2.0, -3.0 3.0, -1.0 1.0] "x" 0.0 10.0;
    "peak in the plane" "c0*exp(-((x - c1)/c2)**2 - ((y - c3)/c4)**2) + c5"
        [1.0 5.0, -2.0 2.0, 0.4 1.2, -2.0 2.0, 0.4 1.2, -1.0 1.0] "x" -3.0 3.0, "y" -3.0 3.0;
    // Steps and growth.
    "two steps" "c0*tanh(c1*(x - c2)) + c3*tanh(c4*(x - c5)) + c6"
        [0.5 3.0, 1.0 6.0, 2.0 4.0, 0.5 3.0, 1.0 6.0, 6.0 8.0, -1.0 1.0] "x" 0.0 10.0;
    "three steps" "c0/(1 + exp(-c1*(x - c2))) + c3/(1 + exp(-c4*(x - c5))) + c6/(1 + exp(-c7*(x - c8)))"
        [1.0 3.0, 2.0 9.0, 1.5 2.5, 1.0 3.0, 2.0 9.0, 4.5 5.5, 1.0 3.0, 2.0 9.0, 7.0 8.5] "x" 0.0 10.0;
    "hill" "c0*x**c1/(c2**c1 + x**c1) + c3" [1.0 4.0, 1.5 8.0, 1.0 8.0, 0.0 1.0] "x" 0.05 10.0;
    "gompertz" "c0*exp(-c1*exp(-c2*x)) + c3" [1.0 10.0, 1.0 20.0, 0.3 2.0, -1.0 1.0] "x" 0.0 10.0;
    "weibull" "c0*(1 - exp(-(x/c1)**c2)) + c3" [1.0 10.0, 1.0 8.0, 0.7 6.0, -1.0 1.0] "x" 0.01 10.0;
    "weibull density" "c0*(x/c1)**(c2 - 1)*exp(-(x/c1)**c2)" [1.0 10.0, 1.0 8.0, 1.2 6.0] "x" 0.01 10.0;
    "richards" "c0/(1 + c1*exp(-c2*x))**(1/c3)" [1.0 10.0, 1.0 30.0, 0.4 2.0, 0.3 3.0] "x" 0.0 10.0;
    "one minus exponential to a power" "c0*(1 - exp(-c1*x))**c2" [5.0 30.0, 0.5 2.0, 1.5 5.0] "x" 0.05 10.0;
    // Decays and heat.
    "stretched exponential" "c0*exp(-(x/c1)**c2) + c3" [1.0 5.0, 0.5 6.0, 0.3 2.5, -1.0 1.0] "x" 0.01 10.0;
    "two exponentials" "c0*exp(-c1*x) + c2*exp(-c3*x) + c4" [1.0 5.0, 0.1 0.6, 1.0 5.0, 1.0 6.0, -1.0 1.0] "x" 0.0 10.0;
    "three exponentials" "c0*exp(-c1*x) + c2*exp(-c3*x) + c4*exp(-c5*x)" [1.0 5.0, 0.05 0.2, 1.0 5.0, 0.5 1.5, 1.0 5.0, 4.0 12.0] "x" 0.0 10.0;
    "exponential times parabola" "c0*exp(c1*x)*(1 + c2*x + c3*x**2)" [0.5 3.0, -1.5 0.5, -1.0 1.0, -0.5 0.5] "x" 0.0 6.0;
    "arrhenius" "c0*exp(-c1/x) + c2" [10.0 1e6, 500.0 5000.0, 0.0 0.5] "x" 250.0 500.0;
    "antoine" "exp(c0 - c1/(x + c2))" [5.0 15.0, 500.0 3000.0, 100.0 250.0] "x" 0.0 100.0;
    "vogel-fulcher-tammann" "c0*exp(c1/(x - c2))" [0.01 0.1, 300.0 1500.0, 100.0 250.0] "x" 300.0 500.0;
    "planck by frequency" "c0*x**3/(exp(c1*x) - 1) + c2" [1.0 15.0, 0.5 3.0, -0.5 0.5] "x" 0.1 10.0;
    "planck by wavelength" "c0/(x**5*(exp(c1/x) - 1))" [1.0 100.0, 1.0 10.0] "x" 0.2 4.0;
    "einstein solid" "c0*(c1/x)**2*exp(c1/x)/(exp(c1/x) - 1)**2" [10.0 30.0, 80.0 500.0] "x" 10.0 400.0;
    "diode" "c0*(exp(x/c1) - 1) + x/c2" [1e-6 1e-4, 0.03 0.06, 50.0 500.0] "x" 0.0 0.7;
    // Powers.
    "power with offset" "c0*(x + c1)**c2 + c3" [0.5 3.0, 0.1 3.0, -2.5 2.5, -2.0 2.0] "x" 0.0 10.0;
    "powers of three" "c0*x**c1*y**c2*z**c3 + c4" [0.5 3.0, -2.0 3.0, -2.0 2.0, -1.0 2.0, -2.0 2.0] "x" 0.2 3.0, "y" 0.2 3.0, "z" 0.2 3.0;
    "power of a distance" "c0*abs(x - c1)**c2 + c3" [0.5 3.0, 2.0 8.0, 0.3 3.0, -1.0 1.0] "x" 0.0 10.0;
    "cube of a shifted base" "c0*(x - c1)**3 + c2*(y - c3)**2*(x - c4)" [0.2 2.0, -2.0 2.0, 0.2 2.0, -2.0 2.0, -2.0 2.0] "x" -3.0 3.0, "y" -3.0 3.0;
    "two cusps" "c0*sqrt(abs(x - c1)) + c2*sqrt(abs(x - c3)) + c4" [0.5 3.0, 1.0 4.0, -3.0 3.0, 5.0 9.0, -1.0 1.0] "x" 0.0 10.0;
    "lennard-jones" "4*c0*((c1/x)**12 - (c1/x)**6) + c2" [0.5 3.0, 0.9 1.1, -1.0 1.0] "x" 0.95 3.0;
    "mie" "c0/x**c1 - c2/x**c3" [0.5 3.0, 6.0 12.0, 0.5 3.0, 2.0 5.0] "x" 0.8 3.0;
    "morse" "c0*(1 - exp(-c1*(x - c2)))**2 + c3" [1.0 5.0, 0.5 2.5, 1.0 2.5, -3.0 3.0] "x" 0.5 6.0;
    "van der waals" "c0*x/(y - c1) - c2/y**2" [0.5 8.0, 0.05 0.3, 0.5 5.0] "x" 1.0 5.0, "y" 0.5 5.0;
    // Rational functions.
    "inhibited enzyme" "c0*x/(c1 + x + x**2/c2) + c3" [1.0 10.0, 0.1 3.0, 0.5 10.0, -0.5 0.5] "x" 0.01 10.0;
    "competitive inhibition" "c0*x/(c1*(1 + y/c2) + x)" [1.0 10.0, 0.1 3.0, 0.1 3.0] "x" 0.01 10.0, "y" 0.0 5.0;
    "two sites" "c0*x/(c1 + x) + c2*x/(c3 + x)" [1.0 5.0, 0.05 0.5, 1.0 5.0, 2.0 10.0] "x" 0.01 20.0;
    "poles inside" "c0/(x - c1) + c2/(x - c3) + c4" [0.5 3.0, 2.0 4.0, 0.5 3.0, 6.0 8.0, -1.0 1.0] "x" 0.0 10.0;
    "rational" "(c0 + c1*x + c2*x**2)/(1 + c3*x + c4*x**2)" [-3.0 3.0, -3.0 3.0, -3.0 3.0, 0.0 1.0, 0.3 1.0] "x" -4.0 4.0;
    "tangent" "c0*tan(c1*x + c2) + c3" [0.5 3.0, 0.1 0.25, -0.3 0.2, -1.0 1.0] "x" 0.0 5.0;
    // Pieces.
    "hinges" "c0 + c1*x + c2*max(x - c3, 0) + c4*max(x - c5, 0)" [-2.0 2.0, -1.0 1.0, -3.0 3.0, 2.0 4.5, -3.0 3.0, 5.5 8.0] "x" 0.0 10.0;
    "two regimes" "where(x < c0, c1 + c2*x, c3 + c4*x**2)" [3.0 7.0, -2.0 2.0, -1.0 1.0, -2.0 2.0, -0.2 0.2] "x" 0.0 10.0;
    "regimes of oscillation" "where(x < c0, c1*sin(c2*x + c3), c4*sin(c5*x + c6))"
        [4.0 6.0, 0.5 2.0, 1.0 4.0, 0.0 6.0, 0.5 2.0, 5.0 10.0, 0.0 6.0] "x" 0.0 10.0;
    "three kinks" "c0*abs(x - c1) + c2*abs(x - c3) + c4*abs(x - c5) + c6"
        [-3.0 3.0, 1.0 3.0, -3.0 3.0, 4.0 6.0, -3.0 3.0, 7.0 9.0, -1.0 1.0] "x" 0.0 10.0;
    "clipped" "min(max(c0 + c1*x, c2), c3)" [-6.0 -3.0, 0.8 1.5, -2.0 0.0, 1.0 3.0] "x" 0.0 10.0;
    "clipped wave" "max(c0*sin(c1*x + c2), c3) + c4*x" [1.0 3.0, 1.0 6.0, 0.0 6.0, -0.7 0.7, -0.3 0.3] "x" 0.0 10.0;
    // Two variables.
    "plane wave" "c0*cos(c1*x + c2*y + c3) + c4" [0.5 3.0, -8.0 8.0, -8.0 8.0, 0.0 6.0, -1.0 1.0] "x" 0.0 5.0, "y" 0.0 5.0;
    "two plane waves" "c0*cos(c1*x + c2*y) + c3*cos(c4*x + c5*y)" [0.5 3.0, 1.0 5.0, -5.0 5.0, 0.5 2.0, 1.0 5.0, -5.0 5.0] "x" 0.0 5.0, "y" 0.0 5.0;
    "standing wave" "c0*sin(c1*x)*sin(c2*y) + c3" [1.0 3.0, 2.0 10.0, 2.0 10.0, -1.0 1.0] "x" 0.0 5.0, "y" 0.0 5.0;
    "rings" "c0*sinc(c1*sqrt((x - c2)**2 + (y - c3)**2)) + c4" [1.0 5.0, 2.0 6.0, -1.5 1.5, -1.5 1.5, -1.0 1.0] "x" -4.0 4.0, "y" -4.0 4.0;
    "waves from a point" "c0*cos(c1*sqrt((x - c2)**2 + (y - c3)**2) + c4)" [0.5 3.0, 2.0 6.0, -1.5 1.5, -1.5 1.5, 0.0 6.0] "x" -4.0 4.0, "y" -4.0 4.0;
    "travelling pulse" "c0*exp(-((x - c1*t - c2)/c3)**2)*cos(c4*x) + c5" [1.0 4.0, 0.5 2.0, -1.0 1.0, 0.5 1.5, 3.0 9.0, -0.5 0.5] "x" -5.0 5.0, "t" 0.0 2.0;
    // Many constants.
    "decay, peak and step" "c0*exp(-c1*x)*sin(c2*x + c3) + c4*exp(-((x - c5)/c6)**2) + c7*tanh(c8*(x - c9)) + c10 + c11*x"
        [1.0 3.0, 0.2 0.6, 4.0 9.0, 0.0 6.0, 1.0 3.0, 3.0 5.0, 0.3 0.8, 0.5 2.0, 1.0 5.0, 6.0 8.0, -1.0 1.0, -0.2 0.2] "x" 0.0 10.0;
    "growth by four factors" "c0*x*y/(c1 + y)*exp(-((z - c2)/c3)**2)/(1 + (t/c4)**c5) + c6"
        [1.0 5.0, 0.2 3.0, 20.0 35.0, 4.0 12.0, 1.0 5.0, 1.0 4.0, -0.2 0.2] "x" 0.1 2.0, "y" 0.05 5.0, "z" 5.0 50.0, "t" 0.1 10.0;
    "valley" "(c0 - x)**2 + c1*(y - c2*x**2)**2 + c3*exp(c4*x)" [0.5 2.0, 1.0 20.0, 0.5 2.0, 0.2 2.0, 0.3 1.0] "x" -2.0 2.0, "y" -1.0 3.0;
}
