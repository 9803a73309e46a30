//! The figures as pictures: SVG, with milliseconds in powers of ten.

use anyhow::{Context, Result};
use plotters::prelude::*;

use super::{MEGABYTES, Quota, Times};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures");
const SIZE: (u32, u32) = (900, 520);

/// A name, and its points from left to right.
type Line = (&'static str, Vec<(f64, f64)>);

/// Draws the cold start by memory size, and the warm invocations by percentile with the most memory,
/// where the quota shows the least.
pub(super) fn draw(sizes: &[(Option<Quota>, Vec<Times>)]) -> Result<()> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    let (_, most) = sizes.last().context("no size")?;
    for (index, times) in most.iter().enumerate() {
        let name = times.program.name;
        let medians = sizes.iter().filter_map(|(_, size)| size.get(index)).map(Times::cold);
        cold.push((name, (0..).map(f64::from).zip(medians).collect()));
        if !times.program.is_authorizer() {
            let point = |percent| (percent as f64, times.warm(percent));
            warm.push((name, (1..100).map(point).collect()));
        }
    }
    let size = |place: &f64| MEGABYTES.get(*place as usize).map(u64::to_string).unwrap_or_default();
    chart("cold-start", "Cold start, ms (median)", "MB of memory", sizes.len() - 1, &size, &cold)?;
    let percent = |percent: &f64| percent.to_string();
    chart("warm", "Warm invocation, ms", "percentile", 100, &percent, &warm)
}

fn chart(
    name: &str,
    title: &str,
    x_name: &str,
    x_end: usize,
    x_label: &dyn Fn(&f64) -> String,
    lines: &[Line],
) -> Result<()> {
    let heights = || lines.iter().flat_map(|(_, line)| line).map(|(_, height)| *height);
    let low = heights().fold(f64::INFINITY, f64::min) / 1.5;
    // With room for the legend.
    let high = heights().fold(0.0, f64::max) * 6.0;
    let picture = format!("{FOLDER}/{name}.svg");
    let area = SVGBackend::new(&picture, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..x_end as f64, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(x_name)
        .x_labels(x_end.min(10) + 1)
        .x_label_formatter(x_label)
        .y_label_formatter(&|y| y.to_string())
        .draw()?;
    for (index, (name, line)) in lines.iter().enumerate() {
        let style = Palette99::pick(index).stroke_width(2);
        chart
            .draw_series(LineSeries::new(line.iter().copied(), style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    let background = WHITE.mix(0.8);
    let labels = &mut chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).background_style(background).draw()?;
    Ok(area.present()?)
}
