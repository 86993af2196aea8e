//! Equality saturation on archive members: simpler and neighbouring forms.
