//! RSigma as a peer of the benches: reads lines and Sigma rules, then makes a pass over the lines for each line of its input.
//! `rsigma-peer LINES RULES BUDGET_MS`. Rules with correlations are judged with their windows, new in each pass. The protocol is that of
//! ../../engine-process.ts.

use std::fs;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use rsigma_eval::{CorrelationConfig, CorrelationEngine, Engine, JsonEvent};
use rsigma_parser::{SigmaCollection, parse_sigma_yaml};
use serde_json::{Value, json};

const CHUNK_LINES: usize = 1_000;
const GROUPS_MAX: usize = 20_000_000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = fs::read_to_string(&args[1]).expect("lines");
    let lines: Vec<&str> = text.lines().collect();
    let budget_ms: f64 = args[3].parse().expect("budget");
    let begun = Instant::now();
    let rules = parse_sigma_yaml(&fs::read_to_string(&args[2]).expect("rules")).expect("rules");
    let wrong: Vec<_> = rules.errors().collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let mut plain = Engine::new();
    plain.add_collection(&rules).expect("rules");
    say(json!({ "loadMs": ms_since(begun) }));
    for wanted in io::stdin().lock().lines() {
        if wanted.is_err() {
            return;
        }
        let done = if rules.correlations.is_empty() {
            pass(&lines, budget_ms, |event| plain.evaluate(event).len())
        } else {
            let mut engine = with_windows(&rules);
            pass(&lines, budget_ms, |event| engine.process_event(event).len())
        };
        say(done);
    }
}

fn with_windows(rules: &SigmaCollection) -> CorrelationEngine {
    let mut engine = CorrelationEngine::new(CorrelationConfig {
        max_state_entries: GROUPS_MAX,
        ..Default::default()
    });
    engine.add_collection(rules).expect("rules");
    engine
}

/// Judges chunk after chunk until the lines or the budget of CPU time is over.
fn pass(lines: &[&str], budget_ms: f64, mut judge: impl FnMut(&JsonEvent) -> usize) -> Value {
    let (begun, cpu_begun_ms) = (Instant::now(), cpu_ms());
    let (mut judged, mut matches, mut so_far) = (0, 0, Vec::new());
    for chunk in lines.chunks(CHUNK_LINES) {
        for line in chunk {
            let document: Value = serde_json::from_str(line).unwrap_or(Value::Null);
            matches += judge(&JsonEvent::borrow(&document));
        }
        judged += chunk.len();
        so_far.push(matches);
        if cpu_ms() - cpu_begun_ms > budget_ms {
            break;
        }
    }
    json!({ "lines": judged, "wallMs": ms_since(begun), "cpuMs": cpu_ms() - cpu_begun_ms, "matches": so_far })
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

/// CPU time of the process.
fn cpu_ms() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1_000.0 + time.tv_nsec as f64 / 1e6
}

fn say(message: Value) {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}").and_then(|()| out.flush()).expect("output");
}
