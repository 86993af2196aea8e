//! Equality saturation over expressions: sound rules, simplification, equivalent forms.
