//! The figures as pictures: SVG, with milliseconds in powers of ten.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use plotters::prelude::*;

use crate::timing::Times;

const SIZE: (u32, u32) = (900, 520);

/// A name, and its points from left to right.
type Line = (String, Vec<(f64, f64)>);

/// Draws the cold start by memory size, where there are several, and the latency of warm
/// invocations by percentile, into files of `folder`.
pub(crate) fn draw(all: &[Times], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let sizes: Vec<_> =
        all.iter().filter_map(|it| it.memory_mb).collect::<BTreeSet<_>>().into_iter().collect();
    if sizes.len() > 1 {
        let place = |times: &Times| sizes.iter().position(|size| times.memory_mb == Some(*size));
        let points = |times: &Times| {
            place(times).map(|place| (place as f64, times.cold.median())).into_iter().collect()
        };
        let label = |place: f64| sizes.get(place as usize).map_or_else(String::new, u64::to_string);
        let lines = lines(all.iter(), points);
        let picture = folder.join("cold-start.svg");
        let title = "Cold start, ms (median)";
        chart(&picture, title, "MB of memory", sizes.len() - 1, &label, &lines)?;
    }
    // With the most memory, where the quota shows the least.
    let most = sizes.last().copied();
    let points = |times: &Times| {
        (1..=99).map(|percent| (percent.into(), times.warm.percentile(percent.into()))).collect()
    };
    let widest = all.iter().filter(|it| it.memory_mb == most && it.is_comparable);
    let lines = lines(widest, points);
    let label = |percent: f64| format!("{percent:.0}");
    let picture = folder.join("warm.svg");
    chart(&picture, "Warm invocation, ms", "percentile", 100, &label, &lines)
}

/// Joins the points of equal names to lines.
fn lines<'a>(
    all: impl Iterator<Item = &'a Times>,
    points: impl Fn(&Times) -> Vec<(f64, f64)>,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for times in all {
        match lines.iter_mut().find(|(name, _)| *name == times.name) {
            Some((_, line)) => line.extend(points(times)),
            None => lines.push((times.name.clone(), points(times))),
        }
    }
    lines
}

fn chart(
    picture: &Path,
    title: &str,
    x_name: &str,
    x_end: usize,
    x_label: &dyn Fn(f64) -> String,
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
        .x_label_formatter(&|x| x_label(*x))
        .y_label_formatter(&|y| format!("{y}"))
        .draw()?;
    for (index, (name, line)) in lines.iter().enumerate() {
        let style = Palette99::pick(index).stroke_width(2);
        chart
            .draw_series(LineSeries::new(line.iter().copied(), style).point_size(
                // A hundred points need no marks.
                if line.len() > 20 { 0 } else { 4 },
            ))?
            .label(name)
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
