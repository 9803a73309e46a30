//! The figures as pictures: SVG, with milliseconds in powers of ten.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Result;
use plotters::prelude::*;

use super::samples::Times;

const SIZE: (u32, u32) = (900, 520);

/// A name, and its points from left to right.
type Line<'a> = (&'a str, Vec<(f64, f64)>);

/// Draws the cold start by memory size, if there are several, and the latency of warm invocations by
/// percentile, into files of `folder`.
pub(super) fn draw(all: &[Times], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let sizes: Vec<_> =
        all.iter().map(|it| it.megabytes).collect::<BTreeSet<_>>().into_iter().collect();
    if sizes.len() > 1 {
        let mut lines: Vec<Line> = Vec::new();
        for times in all {
            let place = sizes.iter().position(|size| *size == times.megabytes).unwrap_or_default();
            let point = (place as f64, times.cold.median());
            match lines.iter_mut().find(|(name, _)| *name == times.name) {
                Some((_, line)) => line.push(point),
                None => lines.push((&times.name, vec![point])),
            }
        }
        let size = |place: f64| sizes.get(place as usize).copied().flatten();
        let label = |place: &f64| size(*place).map_or_else(String::new, |size| size.to_string());
        let picture = folder.join("cold-start.svg");
        let end = sizes.len() - 1;
        chart(&picture, "Cold start, ms (median)", "MB of memory", end, &label, &lines)?;
    }
    // With the most memory, where the quota shows the least.
    let widest = all.iter().filter(|it| Some(&it.megabytes) == sizes.last() && it.is_comparable);
    let line = |times: &Times| {
        (1..=99).map(|percent| (percent.into(), times.warm.percentile(percent.into()))).collect()
    };
    let lines: Vec<Line> = widest.map(|times| (times.name.as_str(), line(times))).collect();
    let label = |percent: &f64| format!("{percent:.0}");
    let picture = folder.join("warm.svg");
    chart(&picture, "Warm invocation, ms", "percentile", 100, &label, &lines)
}

fn chart(
    picture: &Path,
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
    let area = SVGBackend::new(picture, SIZE).into_drawing_area();
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
        .y_label_formatter(&|y| format!("{y}"))
        .draw()?;
    for (index, (name, line)) in lines.iter().enumerate() {
        let style = Palette99::pick(index).stroke_width(2);
        // A hundred points need no marks.
        let mark = if line.len() > 20 { 0 } else { 4 };
        chart
            .draw_series(LineSeries::new(line.iter().copied(), style).point_size(mark))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    Ok(area.present()?)
}
