//! Whole studies with small scripted backends: time, order, faults, resume.
#![cfg(test)]

mod budgets;
mod faults;
mod network;
#[cfg(unix)]
mod programs;
mod scheduling;
mod scripted;
mod views;
mod virtual_time;
