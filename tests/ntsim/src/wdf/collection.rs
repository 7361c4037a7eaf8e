//! `WDFCOLLECTION` (wdfcollection.h): references to objects, in order.

use std::sync::Arc;

use parking_lot::Mutex;

use super::object::{self, Body, Kind, New, Object};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violate;

exports! { "Wdf01000.sys";
    WdfCollectionCreate: PASSIVE..=DISPATCH,
    WdfCollectionGetCount: PASSIVE..=DISPATCH,
    WdfCollectionAdd: PASSIVE..=DISPATCH,
    WdfCollectionRemove: PASSIVE..=DISPATCH,
    WdfCollectionRemoveItem: PASSIVE..=DISPATCH,
    WdfCollectionGetItem: PASSIVE..=DISPATCH,
    WdfCollectionGetFirstItem: PASSIVE..=DISPATCH,
    WdfCollectionGetLastItem: PASSIVE..=DISPATCH,
}

const KIND: Kind = Kind {
    name: "WDFCOLLECTION",
    passive_dispose: false,
    deletable: true,
};

struct Collection(Mutex<Vec<&'static Object>>);

impl Body for Collection {
    fn dispose(&self, _object: &'static Object) {
        let items = std::mem::take(&mut *self.0.lock());
        for item in items {
            item.dereference();
        }
    }
}

fn of(handle: Handle) -> Arc<Collection> {
    object::body::<Collection>(handle).1
}

/// `WdfCollectionCreate`.
pub extern "win64" fn WdfCollectionCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let new = New {
        kind: &KIND,
        attributes,
        parent: None,
        may_have_parent: true,
        function: "WdfCollectionCreate",
    };
    let made = object::create(&new, Arc::new(Collection(Mutex::default())));
    status::of(made.map(|object| out.write(object.handle())))
}

/// `WdfCollectionGetCount`.
pub extern "win64" fn WdfCollectionGetCount(_: usize, collection: Handle) -> u32 {
    u32::try_from(of(collection).0.lock().len()).unwrap_or(u32::MAX)
}

/// `WdfCollectionAdd`: takes a reference to the object.
pub extern "win64" fn WdfCollectionAdd(_: usize, collection: Handle, item: Handle) -> NtStatus {
    let item = object::get(item);
    item.reference();
    of(collection).0.lock().push(item);
    status::SUCCESS
}

/// `WdfCollectionRemove`: an object that isn't in it is `object`.
pub extern "win64" fn WdfCollectionRemove(_: usize, collection: Handle, item: Handle) {
    let collection = of(collection);
    let mut items = collection.0.lock();
    match items.iter().position(|i| i.handle() == item) {
        Some(index) => {
            let item = items.remove(index);
            drop(items);
            item.dereference();
        }
        None => {
            drop(items);
            violate!(OBJECT, "an object is removed from a collection that it isn't in");
        }
    }
}

/// `WdfCollectionRemoveItem`: an index beyond the end is `object`.
pub extern "win64" fn WdfCollectionRemoveItem(_: usize, collection: Handle, index: u32) {
    let collection = of(collection);
    let mut items = collection.0.lock();
    if (index as usize) < items.len() {
        let item = items.remove(index as usize);
        drop(items);
        item.dereference();
    } else {
        drop(items);
        violate!(
            OBJECT,
            "item {index} is removed from a collection that hasn't so many"
        );
    }
}

/// `WdfCollectionGetItem`: 0 beyond the end.
pub extern "win64" fn WdfCollectionGetItem(_: usize, collection: Handle, index: u32) -> Handle {
    of(collection)
        .0
        .lock()
        .get(index as usize)
        .map_or(0, |i| i.handle())
}

/// `WdfCollectionGetFirstItem`: 0 if it is empty.
pub extern "win64" fn WdfCollectionGetFirstItem(_: usize, collection: Handle) -> Handle {
    of(collection).0.lock().first().map_or(0, |i| i.handle())
}

/// `WdfCollectionGetLastItem`: 0 if it is empty.
pub extern "win64" fn WdfCollectionGetLastItem(_: usize, collection: Handle) -> Handle {
    of(collection).0.lock().last().map_or(0, |i| i.handle())
}
