//! The foreign format: specification files of Unleash, as far as boolean cases read them.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct Specification {
    pub state: State,
    #[serde(default)]
    pub tests: Vec<Case>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct State {
    pub features: Vec<Feature>,
    pub segments: Vec<Segment>,
    /// The same as a stream of changes.
    pub events: Vec<Event>,
}

#[derive(Deserialize, Clone)]
pub struct Feature {
    pub name: String,
    pub enabled: bool,
    #[serde(default)]
    pub strategies: Vec<Strategy>,
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    #[serde(default)]
    pub variants: Vec<Variant>,
}

#[derive(Deserialize, Clone)]
pub struct Strategy {
    pub name: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    #[serde(default)]
    pub segments: Vec<u64>,
    #[serde(default)]
    pub variants: Vec<Variant>,
}

#[derive(Deserialize, Clone)]
pub struct Variant {
    pub name: String,
}

#[derive(Deserialize, Clone)]
pub struct Dependency {
    pub feature: String,
    pub enabled: Option<bool>,
    #[serde(default)]
    pub variants: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Constraint {
    pub context_name: String,
    pub operator: String,
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub value: String,
    #[serde(default)]
    pub inverted: bool,
    #[serde(default)]
    pub case_insensitive: bool,
}

#[derive(Deserialize, Clone)]
pub struct Segment {
    pub id: u64,
    pub constraints: Vec<Constraint>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    Hydration { features: Vec<Feature>, segments: Vec<Segment> },
    FeatureUpdated { feature: Feature },
    FeatureRemoved { feature_name: String },
    SegmentUpdated { segment: Segment },
    SegmentRemoved { segment_id: u64 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    pub description: String,
    pub context: Value,
    pub toggle_name: String,
    pub expected_result: bool,
}

impl State {
    /// The state after all events.
    pub fn settled(mut self) -> Self {
        for event in std::mem::take(&mut self.events) {
            match event {
                Event::Hydration { features, segments } => (self.features, self.segments) = (features, segments),
                Event::FeatureUpdated { feature } => {
                    self.features.retain(|one| one.name != feature.name);
                    self.features.push(feature);
                }
                Event::FeatureRemoved { feature_name } => self.features.retain(|one| one.name != feature_name),
                Event::SegmentUpdated { segment } => {
                    self.segments.retain(|one| one.id != segment.id);
                    self.segments.push(segment);
                }
                Event::SegmentRemoved { segment_id } => self.segments.retain(|one| one.id != segment_id),
            }
        }
        self
    }
}
