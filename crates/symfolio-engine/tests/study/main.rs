//! Whole studies with small scripted backends: time, order, faults, resume.
#![cfg(test)]

mod budgets;
mod faults;
mod network;
#[cfg(unix)]
mod programs;
mod scripted;
mod virtual_time;
