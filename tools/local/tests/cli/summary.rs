//! What it prints at its end.

use crate::local::{Local, PAGE_USER, key};

#[test]
fn the_end_prints_a_summary() {
    for signal in ["-INT", "-TERM"] {
        let local = Local::start(&[]);
        for _ in 0..3 {
            local.get(PAGE_USER, Some(&key("reads its account")));
        }
        local.get(PAGE_USER, None);
        let output = local.stop(signal);
        let rows = output.lines().skip_while(|line| !line.contains("p50"));
        let rows: Vec<Vec<_>> = rows.map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["status", "requests", "p50", "ms", "p99", "ms"], "{output}");
        for (row, start) in rows[1..].iter().zip([["200", "3"], ["401", "1"], ["all", "4"]]) {
            assert_eq!(row[..2], start, "{output}");
            let [p50, p99] = [2, 3].map(|column| row[column].parse::<f64>().unwrap());
            assert!(0.0 < p50 && p50 <= p99, "{output}");
        }
        // The first request of each function.
        assert_eq!(rows[4], ["cold", "starts", "2"], "{output}");
    }
    let output = Local::start(&[]).stop("-INT");
    assert!(output.ends_with("\nno requests\n"), "{output}");
}
