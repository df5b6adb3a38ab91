//! Compiles policies together with the conditions of properties.

use super::{PropertySet, text};
use crate::diagnostic::{Code, Diagnostic};
use crate::eval::{NativeEngine, NativePolicy};
use crate::policy::CompileUnit;
use crate::source::{Source, SourceId};

/// What is wrong, by the texts that its places are in.
#[derive(Debug, Default)]
pub struct CompileErrors {
    /// In the modules of the policies.
    pub in_policies: Vec<Diagnostic>,
    /// In the files of properties.
    pub in_files: Vec<Diagnostic>,
}

/// Compiles a policy so that it can be asked for the conditions of these sets too.
///
/// # Errors
/// What is wrong with the modules, or with the conditions.
pub fn compile(
    engine: &NativeEngine,
    unit: &CompileUnit<'_>,
    sets: &[&PropertySet],
) -> Result<NativePolicy, CompileErrors> {
    let own = unit.modules.sources().len();
    let modules: Vec<(text::Module, &PropertySet)> =
        sets.iter().map(|set| (set.texts.module(), *set)).collect();
    let prelude = Source::new("the prelude of properties", include_str!("prelude.rego"));
    let made = modules.iter().map(|(module, set)| Source::new(&*set.name, &*module.text));
    let added: Vec<Source> = std::iter::once(prelude).chain(made).collect();
    let place = |diagnostics: Vec<Diagnostic>| {
        let mut errors = CompileErrors::default();
        for diagnostic in diagnostics {
            let found = diagnostic.span.and_then(|span| made_at(span.source, own, &modules).zip(Some(span)));
            let Some(((module, set), span)) = found else {
                errors.in_policies.push(diagnostic);
                continue;
            };
            let span = module.place(span).unwrap_or(set.span);
            let placed = Diagnostic { code: Code::Property, span: Some(span), ..diagnostic };
            if set.in_modules { errors.in_policies.push(placed) } else { errors.in_files.push(placed) }
        }
        errors
    };
    let parsed = unit.modules.with(added).map_err(place)?;
    engine.compile_native(&CompileUnit { modules: &parsed, ..*unit }).map_err(place)
}

fn made_at<'m>(
    source: SourceId,
    own: usize,
    modules: &'m [(text::Module, &'m PropertySet)],
) -> Option<&'m (text::Module, &'m PropertySet)> {
    // The prelude stands before them.
    modules.get(source.index().checked_sub(own + 1)?)
}
