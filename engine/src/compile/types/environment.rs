//! What is known at a place: the types of documents, of functions and of variables.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::Key;
use super::capabilities::Capabilities;
use super::lattice::Type;
use super::recursive::Knot;
use super::schema;
use super::tree::{Node, Step};
use crate::compile::vars::VarMap;
use crate::compile::walk::is_scalar;
use crate::syntax::tree::{Name, Ref, Term, TermKind};
use crate::value::Value;

/// The types of the documents that rules define, and of the built-in functions.
#[derive(Debug, Default)]
pub struct Documents {
    pub(super) rules: Node,
    /// The functions, by what their names start with, and the input if it is described. Nearly all names that are looked for
    /// are variables or functions, which a hash tells apart at once.
    functions: HashMap<Name, Node, FixedState>,
    /// The types that are parts of themselves.
    pub(super) knots: Vec<Knot>,
}

/// The types of the variables of a body, or of documents that are replaced for one literal.
#[derive(Debug)]
pub(super) enum Layer {
    Variables(VarMap<Option<Type>>),
    Replaced(Replacement),
}

/// The documents that `with` replaces.
#[derive(Debug)]
pub(super) struct Replacement {
    /// The place of the literal, which tells replacements apart together with `types`.
    pub(super) literal: usize,
    /// The types of the targets.
    pub(super) types: Vec<Type>,
    pub(super) tree: Arc<Node>,
}

/// The layers that are seen from a place, the innermost last.
#[derive(Debug)]
pub(super) struct Environment<'d> {
    documents: &'d Documents,
    layers: Vec<Layer>,
}

impl Documents {
    /// The functions that policies may call, and no rules yet.
    pub fn new(capabilities: &Capabilities) -> Self {
        let mut functions: HashMap<Name, Node, FixedState> = HashMap::default();
        for (name, builtin) in &capabilities.builtins {
            let mut parts = name.split('.').map(Name::from);
            let Some(head) = parts.next() else { continue };
            let function = parts.fold(functions.entry(head).or_default(), Node::descend_name);
            function.set(builtin.declaration.clone());
        }
        Self { rules: Node::default(), functions, knots: Vec::new() }
    }

    /// Says that the input is as a schema has it.
    ///
    /// # Errors
    /// What is wrong with the schema.
    pub(super) fn describe_input(&mut self, schema: &Value) -> Result<(), String> {
        let of = schema::load(schema, &mut self.knots)?;
        self.functions.entry(Name::INPUT).or_default().set(of);
        Ok(())
    }

    /// The type of the document or function that a reference without variables names.
    pub fn get(&self, reference: &Ref) -> Option<Type> {
        Environment::new(self).reference(reference)
    }
}

impl<'d> Environment<'d> {
    pub(super) fn new(documents: &'d Documents) -> Self {
        Self { documents, layers: Vec::new() }
    }

    pub(super) fn enter(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    pub(super) fn leave(&mut self) {
        self.layers.pop();
    }

    /// What is known of the documents and then of the functions whose paths start with a name. The layers of this environment
    /// come before them.
    pub(super) fn below(&self, head: &Name) -> impl Iterator<Item = &'d Node> + use<'d> {
        let rules =
            if *head == Name::DATA { self.documents.rules.child(&Step::Name(Name::DATA)) } else { None };
        rules.into_iter().chain(self.documents.functions.get(head))
    }

    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The type of a variable, as far as it is known.
    pub(super) fn variable(&self, name: &Name) -> Option<Type> {
        for layer in self.layers.iter().rev() {
            match layer {
                Layer::Variables(variables) => {
                    if let Some(of) = variables.get(name) {
                        return of.clone();
                    }
                }
                Layer::Replaced(replaced) => {
                    if let Some(node) = replaced.tree.child(&Step::Name(name.clone())) {
                        return node.value().cloned();
                    }
                }
            }
        }
        self.below(name).next().and_then(|node| node.value().cloned())
    }

    /// Says what a variable of the innermost body is.
    pub(super) fn set_variable(&mut self, name: &Name, of: Option<Type>) {
        let variables = self.layers.iter_mut().rev().find_map(|layer| match layer {
            Layer::Variables(variables) => Some(variables),
            Layer::Replaced(_) => None,
        });
        if let Some(variables) = variables {
            variables.insert(name.clone(), of);
        }
    }

    /// The type of what a reference leads to; [`Type::Any`] for base documents.
    pub(super) fn reference(&self, reference: &Ref) -> Option<Type> {
        let name = reference.head.as_var().map(|var| &var.name);
        let operands = &reference.operands;
        for layer in self.layers.iter().rev() {
            match (layer, name) {
                (Layer::Variables(variables), Some(name)) => {
                    if let Some(Some(of)) = variables.get(name) {
                        return selected(Some(of.clone()), operands);
                    }
                }
                (Layer::Variables(_), None) => {}
                (Layer::Replaced(replaced), _) => {
                    let found = replaced.tree.child_at(&reference.head).map(|node| document(node, operands));
                    if let Some(Lookup::Found(of)) = found {
                        return of;
                    }
                }
            }
        }
        for node in name.into_iter().flat_map(|name| self.below(name)) {
            if let Lookup::Found(of) = document(node, operands) {
                return of;
            }
        }
        is_root_document(&reference.head).then_some(Type::Any)
    }
}

/// Whether a term is `data` or `input`.
pub(super) fn is_root_document(term: &Term) -> bool {
    term.as_var().is_some_and(|var| var.name == "data" || var.name == "input")
}

/// What a tree of documents says of a reference.
#[derive(Debug)]
enum Lookup {
    /// Nothing: another tree may.
    Elsewhere,
    /// The type.
    Found(Option<Type>),
}

/// The type of what lies below a document.
fn document(node: &Node, tail: &[Term]) -> Lookup {
    let Some((step, rest)) = tail.split_first() else {
        return Lookup::Found(Some(node.extent()));
    };
    if let Some(value) = node.value() {
        return match node.child_at(step) {
            Some(child) => document(child, rest),
            None => Lookup::Found(selected(Some(value.clone()), tail)),
        };
    }
    if !Key::is_term(step) {
        return Lookup::Found(selected(Some(node.extent()), tail));
    }
    match node.child_at(step) {
        Some(child) => document(child, rest),
        None => Lookup::Elsewhere,
    }
}

/// The type of what lies below something of a type.
fn selected(of: Option<Type>, tail: &[Term]) -> Option<Type> {
    let mut of = of?;
    for step in tail {
        // Most references start at documents of which nothing is known.
        if matches!(of, Type::Any) && is_scalar(step) {
            continue;
        }
        of = match &step.kind {
            TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_) => {
                // Iterating over nothing yields nothing, of which anything is true.
                if of.is_empty_collection() {
                    return Some(Type::Any);
                }
                of.values()?
            }
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => of.select(&Key::of_term(step)?)?,
        };
    }
    Some(of)
}
